"""What was seen of the world when a decision is made: values only, read by somebody else."""

from __future__ import annotations

from msgspec import Struct

from orchestrator.core.gates import Evidence
from orchestrator.core.rollout import HoldEntry
from orchestrator.core.signals import AlarmReading, Measurement, Wanted
from orchestrator.core.targets import Report


class LiveFlag(Struct, frozen=True, kw_only=True):
    """A parameter as SSM returns it by plain name. `version` grows by one with each write, whoever writes."""

    name: str
    value: str
    version: int


class Mark(Struct, frozen=True, kw_only=True):
    """What each of our writes leaves in the parameter's description, so that it is known from somebody else's.

    `value` is the value written under it: a change made by hand may keep our description, but not our value.
    """

    fence: int
    value: str
    owner: str
    by: str
    at: int
    why: str = ""
    safeguard: str = ""

    def covers(self, live: LiveFlag) -> bool:
        """Whether `live` is what the write with this mark left there."""
        return self.value == live.value


class FlagVersion(Struct, frozen=True, kw_only=True):
    """One entry of a parameter's history. `mark` is None when the write was not ours."""

    version: int
    value: str
    at: int
    user: str
    mark: Mark | None = None


class Facts(Struct, frozen=True, kw_only=True):
    """Everything one decision may look at. A flag, alarm or answer that is not there was not to be had.

    evidence: what the sequential judges had seen at the last tick. reports: the plan's probes, jobs and reports since
    the rollout began, oldest first. completed: environment to the hash of this plan that was completed there last.
    line: why every rollout stands still, None when none does.
    """

    flags: dict[str, LiveFlag] = {}
    marks: dict[str, Mark] = {}
    alarms: dict[str, AlarmReading] = {}
    answers: dict[Wanted, Measurement] = {}
    evidence: dict[str, Evidence] = {}
    reports: dict[str, tuple[Report, ...]] = {}
    completed: dict[str, str] = {}
    completed_read: bool = True
    line: HoldEntry | None = None
    flags_read: bool = True
    alarms_read: bool = True


class Written(Struct, frozen=True, kw_only=True):
    """What became of one flag: `read_back` is what SSM returned afterwards, None when it could not be read.

    `ms` runs from the start of the whole projection to this read-back.
    """

    flag: str
    old: str | None
    wanted: str
    read_back: str | None
    version: int
    fence: int
    ms: int

    @property
    def proven(self) -> bool:
        """Only this may be called written: SSM returned the wanted value on reading back."""
        return self.read_back == self.wanted
