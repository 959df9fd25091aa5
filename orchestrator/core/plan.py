"""A plan as the engine reads it: compiled, frozen, known by the hash of its canonical JSON.

`orchestrator.core.plan_text` reads the YAML that people write and says what is wrong with it; whatever stands here
has passed that check.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec
from msgspec import Struct, structs

from orchestrator.core import exposure
from orchestrator.core.calendar import Freeze
from orchestrator.core.exposure import WHOLE, Cohort, Setting
from orchestrator.core.gates import AlarmsGate, Gate, Threshold
from orchestrator.core.signals import Signal
from orchestrator.core.targets import Target

BOOLEAN = ("false", "true")

Values = dict[str, str]
"""Flag name to the stored string: `true`, `warn`, or a flagd definition."""


class FlagSpec(Struct, frozen=True, kw_only=True):
    """A flag of the plan. `ladder` lists every value it may take, in order; `baseline` is given if not `safe`.

    is_definition: the parameter holds a flagd definition, since some stage exposes the flag to some subjects only.
    final_in: environments that end at another value than `final`. takes: seconds until every application has seen a
    change. observed: the condition that holds when the application uses the safe value.
    """

    name: str
    safe: str
    final: str | None = None
    ladder: tuple[str, ...] = BOOLEAN
    baseline: str | None = None
    is_definition: bool = False
    final_in: dict[str, str] = {}
    takes: int = 0
    observed: Threshold | None = None

    def stored(self, setting: Setting) -> str:
        return exposure.stored(self.name, setting, self.ladder, is_definition=self.is_definition)

    @property
    def safe_text(self) -> str:
        """What the parameter holds when the flag is safe for everybody."""
        return self.stored(exposure.plain(self.safe))

    def is_towards_safe(self, value: str | None, *, current: str) -> bool:
        """Whether going from the stored text `current` to `value` is a step towards `safe` (or onto it) for every
        subject."""
        new, old = exposure.reading(value or ""), exposure.reading(current)
        if new is not None and new.is_plain and new.value == self.safe:
            return True
        if value == current or new is None or old is None:
            return False
        return exposure.is_towards(self.safe, new, old, self.ladder)

    def is_safe(self, value: str | None) -> bool:
        """Whether the stored text says the safe value for everybody, in either shape."""
        setting = exposure.reading(value or "")
        return setting is not None and setting.is_plain and setting.value == self.safe


class Flip(Struct, frozen=True, kw_only=True):
    """One flag's move on entering a stage, or `after` seconds into it: for everybody, for `share` thousandths of a
    percent, for cohorts, or for both. Everybody else keeps the value from before."""

    flag: str
    value: str
    after: int = 0
    share: int = WHOLE
    cohorts: tuple[Cohort, ...] = ()


class Stage(Struct, frozen=True, kw_only=True):
    """soak: the least seconds; expect: the most that people reckon with, after which they are reminded. optional:
    people may skip it. no_return: going back automatically would do harm; alert and ladder instead. pin: flags that
    no way back moves while this stage lasts. environments: where it is run, everywhere if empty."""

    key: str
    goal: str = ""
    flips: tuple[Flip, ...] = ()
    soak: int = 0
    expect: int = 0
    gates: tuple[Gate, ...] = ()
    optional: bool = False
    no_return: bool = False
    pin: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()


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


class Climb(Struct, frozen=True, kw_only=True, tag="ladder"):
    """Go up the plan's ladder, rung by rung, until one has helped."""


class RunJob(Struct, frozen=True, kw_only=True, tag="job"):
    """One of the plan's targets, run for its effect."""

    target: str


class Instruct(Struct, frozen=True, kw_only=True, tag="human"):
    """What people do: a text or a place in the runbook. They say when it is done."""

    text: str


Action = RollBack | SetFlags | Hold | Climb


class Safeguard(Struct, frozen=True, kw_only=True):
    """When the condition is met the action is taken, whatever else the rollout waits for. No `stages`: all of them.

    only_watch: armed in the watch window alone. dry_run: it says that it would have acted, and does not.
    """

    key: str
    when: AlarmCondition | SignalCondition
    action: Action
    severity: Literal["critical", "warning", "info"] = "critical"
    stages: tuple[str, ...] = ()
    follow_up: tuple[str, ...] = ()
    only_watch: bool = False
    dry_run: bool = False


class Rung(Struct, frozen=True, kw_only=True):
    """One step of a ladder. `assisted` waits for a person's button before it acts; `takes` is the seconds after which
    it can have helped, and `recovered` says whether it has, within `within` seconds more. Without `recovered` people
    say whether it helped."""

    name: str
    action: RollBack | SetFlags | RunJob | Instruct
    assisted: bool = False
    takes: int = 0
    recovered: Threshold | None = None
    within: int = 600


class Watch(Struct, frozen=True, kw_only=True):
    """The window after the last stage. `gates` must be open at its end; `cleanup` is what people do after it."""

    length: int = 0
    gates: tuple[Gate, ...] = ()
    cleanup: tuple[str, ...] = ()


class Plan(Struct, frozen=True, kw_only=True):
    """Several flags, in stages. Without stages it is the standing set: safeguards that need no rollout.

    environments: where it runs, in order; in each it must have been completed with the same hash in the one before.
    budget: seconds from detecting that something is broken to flags that are read back. summary: a message a day.
    """

    name: str
    title: str = ""
    owner: str = ""
    runbook: str = ""
    timezone: str = "UTC"
    flags: tuple[FlagSpec, ...]
    signals: tuple[Signal, ...] = ()
    targets: tuple[Target, ...] = ()
    stages: tuple[Stage, ...] = ()
    safeguards: tuple[Safeguard, ...] = ()
    ladder: tuple[Rung, ...] = ()
    watch: Watch = Watch()
    environments: tuple[str, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    budget: int = 300
    summary: Literal["", "daily"] = ""

    def flag(self, name: str) -> FlagSpec | None:
        return next((flag for flag in self.flags if flag.name == name), None)

    def target(self, name: str) -> Target | None:
        return next((target for target in self.targets if target.name == name), None)

    def stage_index(self, key: str) -> int:
        """Where the stage stands; ValueError for a key that is not in the plan."""
        return [stage.key for stage in self.stages].index(key)

    @property
    def signals_by_name(self) -> dict[str, Signal]:
        return {signal.name: signal for signal in self.signals}

    def within(self, environment: str) -> Plan:
        """The plan as it runs in one environment: its stages, and each flag's final value there."""
        stages = tuple(s for s in self.stages if not s.environments or environment in s.environments)
        flags = tuple(
            structs.replace(flag, final=flag.final_in.get(environment, flag.final), final_in={}) for flag in self.flags
        )
        return structs.replace(self, stages=stages, flags=flags)

    def settings(self, baseline: Values, stage: int, flips: int | None = None) -> dict[str, Setting]:
        """Who has which value once `flips` moves of stage number `stage` are made (None: all): what earlier stages set
        stays set. Stage -1 is before the first: the baseline itself. Flags whose baseline nobody can read are left
        out."""
        found = {name: setting for name, text in baseline.items() if (setting := exposure.reading(text)) is not None}
        for number, entry in enumerate(self.stages[: stage + 1]):
            made = entry.flips if number < stage or flips is None else entry.flips[:flips]
            for flip in made:
                before = found.get(flip.flag)
                # A share that grows keeps the value that everybody else has had all along.
                rest = flip.value if before is None else before.rest
                found[flip.flag] = exposure.partly(flip.value, rest, flip.share, flip.cohorts)
        return found

    def effective(self, baseline: Values, stage: int, flips: int | None = None) -> Values:
        """As `settings`, each as the text that the parameter holds."""
        values = dict(baseline)
        for name, setting in self.settings(baseline, stage, flips).items():
            spec = self.flag(name)
            values[name] = spec.stored(setting) if spec is not None else values[name]
        return values

    def order_of_setting(self) -> list[str]:
        """Flags in the order in which the plan first moves them; flags it never moves come first."""
        moved: list[str] = []
        for stage in self.stages:
            moved.extend(flip.flag for flip in stage.flips if flip.flag not in moved)
        return [flag.name for flag in self.flags if flag.name not in moved] + moved

    def bound_alarms(self) -> list[str]:
        """The alarms that safeguards act on, each once: nothing goes forward unless they are OK. Those of safeguards
        that are only tried out do not count."""
        bound = (s for s in self.safeguards if not s.dry_run)
        return list(dict.fromkeys(s.when.name for s in bound if isinstance(s.when, AlarmCondition)))

    def alarms(self) -> list[str]:
        """Every alarm that a decision may look at, each once: those of safeguards and those that gates name."""
        of_safeguards = (s.when.name for s in self.safeguards if isinstance(s.when, AlarmCondition))
        gates = [gate for stage in self.stages for gate in stage.gates] + list(self.watch.gates)
        of_gates = (name for gate in gates if isinstance(gate, AlarmsGate) for name in gate.names)
        return list(dict.fromkeys([*of_safeguards, *of_gates]))


def encode_plan(plan: Plan) -> bytes:
    """Canonical JSON: the same plan is the same bytes on every machine."""
    return msgspec.json.encode(plan, order="sorted")


def decode_plan(stored: bytes | str) -> Plan:
    return msgspec.json.decode(stored, type=Plan)


def plan_hash(plan: Plan) -> str:
    """SHA-256 of the canonical JSON, hexadecimal."""
    return hashlib.sha256(encode_plan(plan)).hexdigest()
