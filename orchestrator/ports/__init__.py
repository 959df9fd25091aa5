"""What Switchback needs of the outside, and the few ways in which it can fail.

Adapters translate every foreign error at their border into this family; one contract suite a port holds the memory
and the AWS adapters to the same behaviour. Everything is imported from here: which module it lies in is the package's
own affair.
"""

from __future__ import annotations

from orchestrator.ports.alerts import AlertChange, Alerts
from orchestrator.ports.clock import Clock, Ids
from orchestrator.ports.errors import (
    AlreadyDone,
    Conflict,
    Gone,
    Locked,
    Refused,
    SwitchbackError,
    Unavailable,
    UnknownSchema,
)
from orchestrator.ports.flags import Armed, Binding, Flags, Switches
from orchestrator.ports.outside import Outside
from orchestrator.ports.people import Channel, Confirmations, Links, Pager, Receiver
from orchestrator.ports.plans import Completions, Plans, Published
from orchestrator.ports.rollouts import Rollouts, Transition, Waiting
from orchestrator.ports.sources import Reports, Signals
from orchestrator.ports.traces import Logs, Traces
from orchestrator.ports.work import Answer, Queue, Targets

__all__ = [
    "AlertChange",
    "Alerts",
    "AlreadyDone",
    "Answer",
    "Armed",
    "Binding",
    "Channel",
    "Clock",
    "Completions",
    "Confirmations",
    "Conflict",
    "Flags",
    "Gone",
    "Ids",
    "Links",
    "Locked",
    "Logs",
    "Outside",
    "Pager",
    "Plans",
    "Published",
    "Queue",
    "Receiver",
    "Refused",
    "Reports",
    "Rollouts",
    "Signals",
    "SwitchbackError",
    "Switches",
    "Targets",
    "Traces",
    "Transition",
    "Unavailable",
    "UnknownSchema",
    "Waiting",
]
