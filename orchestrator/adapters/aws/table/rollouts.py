"""Rollouts in the table: state, outbox, audit chain, locks, and what is due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from orchestrator.adapters.aws.table import items
from orchestrator.adapters.aws.table.items import Item, item
from orchestrator.adapters.aws.table.outbox import Outbox
from orchestrator.adapters.aws.table.saving import save, state_body
from orchestrator.adapters.aws.table.store import ConditionFailed, Store
from orchestrator.adapters.aws.table.transitions import with_verified
from orchestrator.core.audit import AuditEntry
from orchestrator.core.gates import Evidence
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.core.verdicts import Verdict
from orchestrator.ports import Conflict, Transition

_TRIES = 5

_ROLLOUT = msgspec.json.Decoder(Rollout)
_AUDIT = msgspec.json.Decoder(AuditEntry)
_VERDICTS = msgspec.json.Decoder(tuple[Verdict, ...])
_EVIDENCE = msgspec.json.Decoder(dict[str, Evidence])


class TableRollouts(Outbox):
    """The port `Rollouts`. A save, a load and most questions are one call each; `due` and `live` ask every
    shard."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self, rollout_id: str) -> Rollout | None:
        found = self._store.get(items.state_key(rollout_id))
        return None if found is None else items.decoded(found, found["body"], _ROLLOUT)

    def save(self, transition: Transition) -> None:
        save(self._store, transition)

    def due(self, now: int) -> list[str]:
        """By the index, which trails the table by a moment: whoever gets an id loads it and looks."""
        return [rollout for _, rollout in sorted(self._by_next_check(now))]

    def live(self) -> list[str]:
        return [rollout for _, rollout in sorted(self._by_next_check(None)) if rollout != STANDING]

    def _by_next_check(self, now: int | None) -> Iterator[tuple[int, str]]:
        bound = "" if now is None else " AND #next_check <= :now"
        for shard in range(items.SHARDS):
            values: Item = {":shard": f"DUE#{shard}"}
            if now is not None:
                values[":now"] = now
            for found in self._store.query(f"#due_shard = :shard{bound}", values, index=items.DUE):
                yield found["next_check"], _rollout_of(found)

    def live_of(self, plan: str) -> str | None:
        found = self._store.get(items.name_key(plan))
        return found.get("live") if found else None

    def recent(self, limit: int = 25) -> list[str]:
        values = {":key": items.ROLLOUTS}
        found = self._store.query("#list_key = :key", values, index=items.LISTING, newest_first=True, limit=limit)
        return [_rollout_of(entry) for entry in found]

    def next_number(self, plan: str) -> int:
        """A proposal: it is the start's own transaction that keeps a number from being used twice."""
        found = self._store.get(items.name_key(plan))
        return (found.get("runs", 0) if found else 0) + 1

    def fences(self, flags: Iterable[str]) -> dict[str, int]:
        known = self._flags(flags)
        return {flag: found.get("fence", 0) for flag, found in known.items()}

    def owners(self, flags: Iterable[str]) -> dict[str, str]:
        return {flag: found["owner"] for flag, found in self._flags(flags).items() if "owner" in found}

    def _flags(self, flags: Iterable[str]) -> dict[str, Item]:
        names = list(flags)
        found = {entry["pk"]: entry for entry in self._store.get_many([items.flag_key(name) for name in names])}
        return {name: found.get(items.flag_key(name).pk, {}) for name in names}

    def audit(self, rollout_id: str) -> list[AuditEntry]:
        found = self._store.query_items(items.state_key(rollout_id).pk, "AUDIT#")
        return [items.decoded(entry, entry["body"], _AUDIT) for entry in found]

    def seen(self, interaction_id: str) -> bool:
        return self._store.get(items.seen_key(interaction_id)) is not None

    def verified(self, rollout_id: str, versions: Mapping[str, tuple[int, int]], at: int) -> Rollout | None:
        """Needs no transition id to recognise itself by: what was recorded once is nothing new the second
        time."""
        for _ in range(_TRIES):
            found = self.load(rollout_id)
            if found is None:
                return None
            after = with_verified(found, versions, at)
            if after is found:
                return found
            values = {f":{name}": value for name, value in state_body(after).items()}
            try:
                self._store.update(
                    items.state_key(rollout_id),
                    "SET #body = :body, #version = :version, #transition_id = :transition_id",
                    "#version = :before",
                    {**values, ":before": found.version},
                )
                return after
            except ConditionFailed:
                continue
        raise Conflict(f"{rollout_id} kept moving while its read-back was recorded")

    def measured(
        self, rollout_id: str, verdicts: Sequence[Verdict], at: int, evidence: Mapping[str, Evidence] = {}
    ) -> None:
        body = msgspec.json.encode(tuple(verdicts)).decode()
        seen = msgspec.json.encode(evidence, order="sorted").decode()
        self._store.put(item(items.measured_key(rollout_id), body=body, at=at, evidence=seen))

    def last_measured(self, rollout_id: str) -> tuple[tuple[Verdict, ...], int]:
        found = self._store.get(items.measured_key(rollout_id))
        return ((), 0) if found is None else (items.decoded(found, found["body"], _VERDICTS), found["at"])

    def evidence(self, rollout_id: str) -> dict[str, Evidence]:
        """What an older or newer judge has left is not read: it is measured anew."""
        found = self._store.get(items.measured_key(rollout_id))
        try:
            return _EVIDENCE.decode(found["evidence"]) if found else {}
        except (msgspec.MsgspecError, KeyError):
            return {}


def _rollout_of(entry: Item) -> str:
    return str(entry["pk"].removeprefix("ROLLOUT#"))
