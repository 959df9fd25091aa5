"""Rollouts in memory: dicts, one lock, and the rules of the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import RLock

from msgspec import Struct

from orchestrator.adapters.aws.table.items import READABLE, SEEN_KEPT
from orchestrator.adapters.aws.table.transitions import (
    MOST_WRITES,
    count_writes,
    flag_writes,
    lock_fault,
    name_write,
    outbox_entries,
    require_sound,
    with_verified,
)
from orchestrator.adapters.memory.table.confirmations import MemoryConfirmations
from orchestrator.adapters.memory.table.outbox import MemoryOutbox
from orchestrator.core.audit import AuditEntry
from orchestrator.core.gates import Evidence
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.core.verdicts import Verdict
from orchestrator.ports import (
    AlreadyDone,
    Clock,
    Conflict,
    Locked,
    Refused,
    Rollouts,
    SwitchbackError,
    Transition,
    UnknownSchema,
)


class _Flag(Struct, frozen=True, kw_only=True):
    owner: str = ""
    fence: int | None = None


class _Name(Struct, frozen=True, kw_only=True):
    live: str = ""
    runs: int = 0


class MemoryRollouts(MemoryOutbox, Rollouts):
    """As `TableRollouts`. States are kept as they are given: they are frozen."""

    def __init__(self, clock: Clock, lock: RLock, confirmations: MemoryConfirmations) -> None:
        super().__init__(lock)
        self._clock = clock
        self._confirmations = confirmations
        self._states: dict[str, Rollout] = {}
        self._live: dict[str, int] = {}
        self._audit: dict[str, list[tuple[AuditEntry, str]]] = {}
        self._flags: dict[str, _Flag] = {}
        self._names: dict[str, _Name] = {}
        self._seen: dict[str, tuple[str, int]] = {}
        self._verdicts: dict[str, tuple[tuple[Verdict, ...], int]] = {}
        self._evidence: dict[str, dict[str, Evidence]] = {}

    def load(self, rollout_id: str) -> Rollout | None:
        self._maybe_fail()
        found = self._states.get(rollout_id)
        if found is not None and found.schema not in READABLE:
            raise UnknownSchema(f"{rollout_id} has schema {found.schema}")
        return found

    def save(self, transition: Transition) -> None:
        self._maybe_fail()
        require_sound(transition)
        if (writes := count_writes(transition)) > MOST_WRITES:
            raise Refused(f"this change of {transition.after.id} is {writes} writes; at most {MOST_WRITES} at once")
        with self._lock:
            if not self._is_saved(transition):
                self._check(transition)
                self._write(transition)

    def _is_saved(self, transition: Transition) -> bool:
        """Whether this very transition was written before; a state without an audit entry may have moved
        on."""
        after = transition.after
        state = self._states.get(after.id)
        entries = self._audit.get(after.id, [])
        entry = entries[after.audit_seq - 1][1] if transition.entry and len(entries) >= after.audit_seq else ""
        seen, _ = self._seen.get(transition.interaction_id, ("", 0))
        used = self._confirmations.used_in(transition.confirmation)
        return after.transition_id in (state.transition_id if state else "", entry, seen, used)

    def _check(self, transition: Transition) -> None:
        refusals = list(self._refusals(transition))
        order = (AlreadyDone, Locked, Conflict) if transition.before is None else (AlreadyDone, Conflict, Locked)
        for kind in order:
            for refusal in refusals:
                if isinstance(refusal, kind):
                    raise refusal

    def _refusals(self, transition: Transition) -> Iterator[SwitchbackError]:
        before, after = transition.before, transition.after
        state = self._states.get(after.id)
        if (state.version if state else 0) != (before.version if before else 0):
            yield Conflict(f"{after.id} has moved on")
        for write in flag_writes(before, after):
            known = self._flags.get(write.flag, _Flag())
            fault = lock_fault(write, after.id, known.owner, known.fence)
            if fault:
                yield (Locked(write.flag, known.owner) if fault == "locked" else Conflict(f"{write.flag} has moved on"))
        name = name_write(before, after)
        if name is not None:
            known_name = self._names.get(name.plan, _Name())
            if known_name.live and (name.claims or known_name.live != after.id):
                yield Locked(name.plan, known_name.live)
            elif name.claims and known_name.runs >= name.number:
                yield Conflict(f"run {name.number} of {name.plan} has been handed out")
        if self._is_seen(transition.interaction_id):
            yield AlreadyDone("this interaction was carried out before")
        if transition.confirmation and (fault_of_use := self._confirmations.use_fault(transition.confirmation)):
            yield fault_of_use
        if any(self._confirmations.is_taken(card.id) for card in transition.cards):
            yield Conflict(f"{after.id} has moved on")

    def _write(self, transition: Transition) -> None:
        before, after, now = transition.before, transition.after, self._clock.now()
        self._keep(after)
        if transition.entry is not None:
            self._audit.setdefault(after.id, []).append((transition.entry, after.transition_id))
        self._put_out(outbox_entries(transition, now))
        for write in flag_writes(before, after):
            self._flags[write.flag] = _Flag(owner=write.owner, fence=write.fence)
        if (name := name_write(before, after)) is not None:
            runs = name.number if name.claims else self._names.get(name.plan, _Name()).runs
            self._names[name.plan] = _Name(live=after.id if name.claims else "", runs=runs)
        if transition.interaction_id:
            self._seen[transition.interaction_id] = (after.transition_id, now + SEEN_KEPT)
        if transition.confirmation:
            by = transition.entry.actor_id if transition.entry else ""
            self._confirmations.use(transition.confirmation, by, after.transition_id)
        self._confirmations.add(transition.cards)

    def _keep(self, state: Rollout) -> None:
        self._states[state.id] = state
        if state.is_live:
            self._live[state.id] = state.next_check
        else:
            self._live.pop(state.id, None)

    def due(self, now: int) -> list[str]:
        self._maybe_fail()
        return [rollout for at, rollout in self._by_next_check() if at <= now]

    def live(self) -> list[str]:
        self._maybe_fail()
        return [rollout for _, rollout in self._by_next_check() if rollout != STANDING]

    def _by_next_check(self) -> list[tuple[int, str]]:
        with self._lock:
            return sorted((at, rollout) for rollout, at in self._live.items())

    def live_of(self, plan: str) -> str | None:
        self._maybe_fail()
        return self._names.get(plan, _Name()).live or None

    def recent(self, limit: int = 25) -> list[str]:
        self._maybe_fail()
        with self._lock:
            listed = [state for state in self._states.values() if state.id != STANDING]
        listed.sort(key=lambda state: state.started_at, reverse=True)
        return [state.id for state in listed[: max(limit, 0)]]

    def next_number(self, plan: str) -> int:
        self._maybe_fail()
        return self._names.get(plan, _Name()).runs + 1

    def fences(self, flags: Iterable[str]) -> dict[str, int]:
        self._maybe_fail()
        return {flag: self._flags.get(flag, _Flag()).fence or 0 for flag in flags}

    def owners(self, flags: Iterable[str]) -> dict[str, str]:
        self._maybe_fail()
        return {flag: self._flags[flag].owner for flag in flags if flag in self._flags and self._flags[flag].owner}

    def audit(self, rollout_id: str) -> list[AuditEntry]:
        self._maybe_fail()
        with self._lock:
            return [entry for entry, _ in self._audit.get(rollout_id, [])]

    def seen(self, interaction_id: str) -> bool:
        self._maybe_fail()
        return self._is_seen(interaction_id)

    def _is_seen(self, interaction_id: str) -> bool:
        return self._seen.get(interaction_id, ("", 0))[1] > self._clock.now()

    def verified(self, rollout_id: str, versions: Mapping[str, tuple[int, int]], at: int) -> Rollout | None:
        with self._lock:
            found = self.load(rollout_id)
            if found is None:
                return None
            after = with_verified(found, versions, at)
            self._states[rollout_id] = after
            return after

    def measured(
        self, rollout_id: str, verdicts: Sequence[Verdict], at: int, evidence: Mapping[str, Evidence] = {}
    ) -> None:
        self._maybe_fail()
        self._verdicts[rollout_id] = (tuple(verdicts), at)
        self._evidence[rollout_id] = dict(evidence)

    def evidence(self, rollout_id: str) -> dict[str, Evidence]:
        self._maybe_fail()
        return dict(self._evidence.get(rollout_id, {}))

    def last_measured(self, rollout_id: str) -> tuple[tuple[Verdict, ...], int]:
        self._maybe_fail()
        return self._verdicts.get(rollout_id, ((), 0))
