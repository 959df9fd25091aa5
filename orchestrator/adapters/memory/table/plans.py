"""Plans in memory."""

from __future__ import annotations

from threading import RLock

from orchestrator.adapters.memory.faults import Faulty
from orchestrator.core.plan import Plan, plan_hash
from orchestrator.ports import Plans, Published


class MemoryPlans(Faulty, Plans):
    def __init__(self, lock: RLock) -> None:
        super().__init__()
        self._lock = lock
        self._bodies: dict[str, Plan] = {}
        self._latest: dict[str, Published] = {}

    def publish(self, plan: Plan, by: str, now: int) -> str:
        self._maybe_fail()
        digest = plan_hash(plan)
        with self._lock:
            self._bodies.setdefault(digest, plan)
            self._latest[plan.name] = Published(name=plan.name, title=plan.title, hash=digest, by=by, at=now)
        return digest

    def latest(self, name: str) -> Published | None:
        self._maybe_fail()
        return self._latest.get(name)

    def get(self, plan_hash: str) -> Plan | None:
        self._maybe_fail()
        return self._bodies.get(plan_hash)

    def names(self) -> list[Published]:
        self._maybe_fail()
        with self._lock:
            return sorted(self._latest.values(), key=lambda published: published.at, reverse=True)
