"""Traces: scoped to the guild and to the actor, redacted when stored. DynamoDB and memory behave alike."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from orchestrator.core.trace import Step, TraceRecord
from tests.contracts.table_fixtures import (  # noqa: F401 (fixtures are used by their names)
    NOW,
    HeldClock,
    Tables,
    clock_fixture,
    dynamo_fixture,
    tables_fixture,
)


def trace(trace_id: str, at: int = 0, *, guild: str = "g1", actor: str = "alice", **more: Any) -> TraceRecord:
    given = {"kind": "command", "duration_ms": 12, "outcome": "done", **more}
    return TraceRecord(id=trace_id, at=NOW + at, guild_id=guild, actor=actor, **given)


def test_a_trace_is_found_by_its_id(tables: Tables) -> None:
    record = trace("t1", command="/rollback shop", steps=(Step(name="load", ms=4, note="late"),), reason="“so”")
    tables.traces.put(record)
    assert tables.traces.get("g1", "t1") == record
    assert tables.traces.get("g1", "t2") is None


def test_no_guild_sees_the_traces_of_another(tables: Tables) -> None:
    tables.traces.put(trace("t1", guild="g1"))
    assert tables.traces.get("g2", "t1") is None
    assert tables.traces.last_for("g2", "alice") is None
    assert tables.traces.recent("g2") == []
    assert tables.traces.recent("g") == []


def test_last_for_is_the_newest_of_that_actor_alone(tables: Tables) -> None:
    tables.traces.put(trace("t2", 20))
    tables.traces.put(trace("t1", 10))
    tables.traces.put(trace("t3", 30, actor="bob"))
    last = tables.traces.last_for("g1", "alice")
    assert last is not None
    assert last.id == "t2"
    assert tables.traces.last_for("g1", "carol") is None


def test_no_actor_passes_for_the_beginning_of_another(tables: Tables) -> None:
    tables.traces.put(trace("t1", actor="alice#1"))
    tables.traces.put(trace("t2", actor="alice2"))
    assert tables.traces.last_for("g1", "alice") is None
    assert tables.traces.last_for("g1", "") is None
    found = tables.traces.last_for("g1", "alice#1")
    assert found is not None
    assert found.id == "t1"


def test_recent_is_newest_first_over_all_actors(tables: Tables) -> None:
    for at, actor in ((10, "alice"), (40, "bob"), (20, "tick"), (30, "alice")):
        tables.traces.put(trace(f"t{at}", at, actor=actor))
    assert [record.id for record in tables.traces.recent("g1")] == ["t40", "t30", "t20", "t10"]
    assert [record.id for record in tables.traces.recent("g1", 2)] == ["t40", "t30"]


def test_a_trace_put_twice_is_one(tables: Tables) -> None:
    tables.traces.put(trace("t1"))
    tables.traces.put(structs.replace(trace("t1"), outcome="failed"))
    assert [record.outcome for record in tables.traces.recent("g1")] == ["failed"]


def test_a_trace_without_guild_or_actor_is_kept(tables: Tables) -> None:
    tables.traces.put(trace("t1", guild="", actor="", kind="tick"))
    assert [record.id for record in tables.traces.recent("")] == ["t1"]
    assert tables.traces.recent("g1") == []


def test_what_is_stored_is_redacted(tables: Tables) -> None:
    secret = "Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789"
    tables.traces.put(trace("t1", error=secret, steps=(Step(name="post", ms=1, note=secret),)))
    stored = tables.traces.get("g1", "t1")
    assert stored is not None
    assert "abcdefghijklmnopqrstuvwxyz" not in str(stored)
    assert "abcdefghijklmnopqrstuvwxyz" not in str(tables.traces.recent("g1"))


def test_old_traces_are_gone_whether_or_not_they_were_cleaned_away(tables: Tables, clock: HeldClock) -> None:
    tables.traces.put(trace("t1"))
    tables.traces.put(trace("t2", 1, actor="bob"))
    clock.at += 30 * 86400
    assert [record.id for record in tables.traces.recent("g1")] == ["t2"]
    assert tables.traces.get("g1", "t1") is None
    assert tables.traces.last_for("g1", "alice") is None
