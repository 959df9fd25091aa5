"""All ports together, as every use case is given them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from orchestrator.core.alerting.policy import Policy
from orchestrator.core.console import Console
from orchestrator.ports.alerts import Alerts
from orchestrator.ports.clock import Clock, Ids
from orchestrator.ports.flags import Armed, Flags, Switches
from orchestrator.ports.people import Channel, Confirmations, Links, Pager, Receiver
from orchestrator.ports.plans import Completions, Plans
from orchestrator.ports.rollouts import Rollouts
from orchestrator.ports.sources import Reports, Signals
from orchestrator.ports.traces import Logs, Traces
from orchestrator.ports.work import Queue, Targets


class Outside(Struct, frozen=True, kw_only=True):
    """Every port, as the composition root fills them in. `environment` is said in every reply."""

    environment: str
    app_name: str
    guild_id: str
    access_hash: str
    clock: Clock
    ids: Ids
    flags: Flags
    armed: Armed
    signals: Signals
    rollouts: Rollouts
    plans: Plans
    reports: Reports
    targets: Targets
    completions: Completions
    confirmations: Confirmations
    traces: Traces
    logs: Logs
    console: Console
    queue: Queue
    channel: Channel
    pager: Pager
    switches: Switches
    alerts: Alerts
    alert_policy: Policy
    receivers: Mapping[str, Receiver]
    links: Links
