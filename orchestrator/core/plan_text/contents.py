"""What has been read of a plan so far, and where: later parts refer to it by name."""

from __future__ import annotations

from typing import Literal

from orchestrator.core.exposure import Cohort
from orchestrator.core.gates import Gate
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.plan import FlagSpec, Safeguard, Stage
from orchestrator.core.signals import Signal
from orchestrator.core.targets import Target

TargetKind = Literal["probe", "job"]


class Contents:
    """A name whose definition could not be read stands here with None: its uses are no faults as well."""

    def __init__(self) -> None:
        self.flags: dict[str, FlagSpec | None] = {}
        self.signals: dict[str, Signal | None] = {}
        self.signal_lines: dict[str, int] = {}
        self.default_windows: dict[str, int] = {}
        """Seconds, of the counts whose text says over how long they are meant."""
        self.targets: dict[str, Target | None] = {}
        self.target_kinds: dict[str, TargetKind] = {}
        self.target_lines: dict[str, int] = {}
        self.cohorts: dict[str, Cohort | None] = {}
        self.stages: dict[str, Stage | None] = {}
        self.safeguards: list[Safeguard] = []
        self.flag_lines: dict[str, int] = {}
        self.final_lines: dict[str, int] = {}
        self.stage_lines: dict[str, int] = {}
        self.busy_stages: set[str] = set()
        """Stages that wait for something, or whose moves could not be read."""
        self.safeguard_lines: dict[str, int] = {}
        self.gate_lines: list[tuple[str, Gate, int]] = []
        self.in_doubt: set[str] = set()

    @property
    def probes(self) -> set[str]:
        """The names of the targets that a gate may call."""
        return {name for name, kind in self.target_kinds.items() if kind == "probe"}

    @property
    def jobs(self) -> set[str]:
        """The names of the targets that are run for their effect."""
        return {name for name, kind in self.target_kinds.items() if kind == "job"}

    def doubt(self, flag: str | None = None) -> None:
        """Something about this flag (None: any of them) was unreadable; its absence then proves nothing."""
        if flag is None:
            self.in_doubt.update(self.flags)
        elif near := did_you_mean(flag, self.flags):
            self.in_doubt.add(near)

    def readable_flags(self) -> list[FlagSpec]:
        return [flag for flag in self.flags.values() if flag is not None]

    def readable_targets(self) -> list[Target]:
        return [target for target in self.targets.values() if target is not None]

    def readable_stages(self) -> list[Stage]:
        return [stage for stage in self.stages.values() if stage is not None]
