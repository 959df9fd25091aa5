"""What a gate may look at when it is judged: values only, the same for every kind of gate."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from orchestrator.core.exposure import Setting
from orchestrator.core.gates.approval import Approval
from orchestrator.core.signals import AlarmReading, Measurement, Signal, Wanted
from orchestrator.core.statistics import Comparison, RateProof, RateWatch
from orchestrator.core.targets import Report


class Novelty(Struct, frozen=True, kw_only=True, tag="novelty"):
    """The members of a set before evidence began, and those seen since."""

    before: tuple[str, ...]
    seen: tuple[str, ...] = ()


class Evidence(Struct, frozen=True, kw_only=True):
    """What a sequential judge has seen so far: the minutes from `since` up to, not including, `through`, of which
    `measured` had data.

    It is kept beside the state and thrown away when `since` is no longer where evidence begins.
    """

    since: int
    through: int
    measured: int = 0
    state: RateWatch | RateProof | Comparison | Novelty


class Tick(Struct, frozen=True, kw_only=True):
    """One item of a checklist done: by whom, and where that can be seen."""

    stage: str
    item: str
    user_id: str
    name: str
    at: int
    evidence: str = ""


class Drill(Struct, frozen=True, kw_only=True):
    """A kill switch tried out: the flag went to safe and back, each time read back; seconds, and when it ended."""

    flag: str
    at: int
    off_seconds: int
    on_seconds: int


class Scope(Struct, frozen=True, kw_only=True):
    """`since` is where evidence begins (stage entry, the last flip, a resume or a change marker), `entered_at` when
    the stage began, `started_at` when the rollout did. Reports are oldest first, those of this rollout's plan only.
    `flags` are as SSM holds them, None for a text that nobody can read."""

    now: int
    since: int
    entered_at: int
    started_at: int
    signals: Mapping[str, Signal]
    answers: Mapping[Wanted, Measurement] = {}
    evidence: Mapping[str, Evidence] = {}
    reports: Mapping[str, tuple[Report, ...]] = {}
    approvals: tuple[Approval, ...] = ()
    ticks: tuple[Tick, ...] = ()
    drills: Mapping[str, Drill] = {}
    flags: Mapping[str, Setting | None] = {}
    alarms: Mapping[str, AlarmReading] = {}
    alarms_read: bool = True
