"""A plan as the engine reads it: compiled, frozen, known by the hash of its canonical JSON.

`orchestrator.core.plan_text` reads the YAML that people write and says what is wrong with it; whatever stands here
has passed that check.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec
from msgspec import Struct

from orchestrator.core.gates import Gate, Threshold
from orchestrator.core.signals import Signal

BOOLEAN = ("false", "true")

Values = dict[str, str]
"""Flag name to the stored string (`true`, `warn`)."""


class FlagSpec(Struct, frozen=True, kw_only=True):
    """A flag of the plan. `ladder` lists every value it may take, in order; `baseline` is given if not `safe`."""

    name: str
    safe: str
    final: str | None = None
    ladder: tuple[str, ...] = BOOLEAN
    baseline: str | None = None

    def is_towards_safe(self, value: str | None, *, current: str) -> bool:
        """Whether going from `current` to `value` is a step towards `safe` (or onto it) along the ladder."""
        if value == self.safe:
            return True
        if value not in self.ladder or current not in self.ladder:
            return False
        safe, old, new = (self.ladder.index(name) for name in (self.safe, current, value))
        return min(old, safe) <= new <= max(old, safe) and new != old


class Flip(Struct, frozen=True, kw_only=True):
    """One flag's move on entering a stage, or `after` seconds into it."""

    flag: str
    value: str
    after: int = 0


class Stage(Struct, frozen=True, kw_only=True):
    key: str
    goal: str = ""
    flips: tuple[Flip, ...] = ()
    soak: int = 0
    gates: tuple[Gate, ...] = ()


class AlarmCondition(Struct, frozen=True, kw_only=True, tag="alarm"):
    """A CloudWatch alarm of this account and region, by name."""

    name: str

    def __str__(self) -> str:
        return f"alarm {self.name}"


class SignalCondition(Struct, frozen=True, kw_only=True, tag="signal"):
    condition: Threshold

    def __str__(self) -> str:
        return str(self.condition)


class RollBack(Struct, frozen=True, kw_only=True, tag="rollback"):
    to: Literal["start", "previous", "safe"] = "start"


class SetFlags(Struct, frozen=True, kw_only=True, tag="set"):
    values: tuple[tuple[str, str], ...]


class Hold(Struct, frozen=True, kw_only=True, tag="hold"):
    """Stop going forward; no flag moves."""


class Safeguard(Struct, frozen=True, kw_only=True):
    """When the condition is met the action is taken, whatever else the rollout waits for. No `stages`: all of them."""

    key: str
    when: AlarmCondition | SignalCondition
    action: RollBack | SetFlags | Hold
    severity: Literal["critical", "warning", "info"] = "critical"
    stages: tuple[str, ...] = ()
    follow_up: tuple[str, ...] = ()


class Plan(Struct, frozen=True, kw_only=True):
    """Several flags, in stages. Without stages it is the standing set: safeguards that need no rollout."""

    name: str
    title: str = ""
    owner: str = ""
    runbook: str = ""
    timezone: str = "UTC"
    flags: tuple[FlagSpec, ...]
    signals: tuple[Signal, ...] = ()
    stages: tuple[Stage, ...] = ()
    safeguards: tuple[Safeguard, ...] = ()
    watch: int = 0

    def flag(self, name: str) -> FlagSpec | None:
        return next((flag for flag in self.flags if flag.name == name), None)

    def stage_index(self, key: str) -> int:
        """Where the stage stands; ValueError for a key that is not in the plan."""
        return [stage.key for stage in self.stages].index(key)

    @property
    def signals_by_name(self) -> dict[str, Signal]:
        return {signal.name: signal for signal in self.signals}

    def effective(self, baseline: Values, stage: int, flips: int | None = None) -> Values:
        """The flags once `flips` moves of stage number `stage` are made (None: all): what earlier stages set stays set.

        Stage -1 is before the first: the baseline itself.
        """
        values = dict(baseline)
        for number, entry in enumerate(self.stages[: stage + 1]):
            made = entry.flips if number < stage or flips is None else entry.flips[:flips]
            values.update((flip.flag, flip.value) for flip in made)
        return values

    def order_of_setting(self) -> list[str]:
        """Flags in the order in which the plan first moves them; flags it never moves come first."""
        moved: list[str] = []
        for stage in self.stages:
            moved.extend(flip.flag for flip in stage.flips if flip.flag not in moved)
        return [flag.name for flag in self.flags if flag.name not in moved] + moved

    def alarms(self) -> list[str]:
        """The names of all bound alarms, each once."""
        return list(dict.fromkeys(s.when.name for s in self.safeguards if isinstance(s.when, AlarmCondition)))


def encode_plan(plan: Plan) -> bytes:
    """Canonical JSON: the same plan is the same bytes on every machine."""
    return msgspec.json.encode(plan, order="sorted")


def decode_plan(stored: bytes | str) -> Plan:
    return msgspec.json.decode(stored, type=Plan)


def plan_hash(plan: Plan) -> str:
    """SHA-256 of the canonical JSON, hexadecimal."""
    return hashlib.sha256(encode_plan(plan)).hexdigest()
