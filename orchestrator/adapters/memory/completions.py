"""What was completed where, in memory."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.adapters.memory.faults import Faulty
from orchestrator.ports import Completions


class MemoryCompletions(Faulty, Completions):
    """`kept` is shared by the environments of one application, as SSM is."""

    def __init__(self, environment: str, kept: dict[tuple[str, str], str] | None = None) -> None:
        super().__init__()
        self._environment = environment
        self.kept = {} if kept is None else kept

    def publish(self, plan: str, plan_hash: str, rollout: str, at: int) -> None:
        self._maybe_fail()
        self.kept[self._environment, plan] = plan_hash

    def of(self, plan: str, environments: Iterable[str]) -> dict[str, str]:
        self._maybe_fail()
        return {name: self.kept[name, plan] for name in environments if (name, plan) in self.kept}
