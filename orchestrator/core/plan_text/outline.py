"""What has been read of a whole plan so far, and where: what its parts say together is checked at these lines."""

from __future__ import annotations

from msgspec import Struct

from orchestrator.core.plan import Rung
from orchestrator.core.plan_text.contents import Contents


class Promise(Struct, frozen=True, kw_only=True):
    """`detects: {times: 5, within: 10m}`: the safeguard sees so many times its bound within so many seconds."""

    safeguard: str
    times: float
    within: int
    line: int


class Outline(Contents):
    def __init__(self) -> None:
        super().__init__()
        self.environments: tuple[str, ...] = ()
        self.flip_lines: dict[tuple[str, str], int] = {}
        """Stage and flag to the line of that move."""
        self.cohort_lines: dict[str, int] = {}
        self.used_cohorts: set[str] = set()
        self.ramps: dict[str, tuple[str, ...]] = {}
        """The key of a ramp to the keys of its stages."""
        self.pin_lines: dict[str, int] = {}
        self.promises: list[Promise] = []
        self.rungs: list[Rung] = []
        self.rung_lines: dict[str, int] = {}
        self.ladder_line = 0
        """Where the ladder begins; 0 for a plan without one."""
        self.climb_lines: list[int] = []
        """Where the ladder is called for."""
