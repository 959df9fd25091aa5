"""Traces: scoped to the guild and to the actor, bounded, redacted when stored. DynamoDB and memory behave alike."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.aws.table import Table
from orchestrator.adapters.aws.table.items import trace_key, wired
from orchestrator.adapters.memory.table import MemoryTable
from orchestrator.core.trace import KEPT, Step, TraceRecord
from tests.contracts.table_fixtures import (  # noqa: F401 (fixtures are used by their names)
    NAME,
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


def test_what_somebody_confirmed_as_second_person_is_theirs_too(tables: Tables) -> None:
    tables.traces.put(trace("t1", 10, actor="alice", second="bob"))
    tables.traces.put(trace("t2", 20, actor="alice"))
    assert [record.id for record in tables.traces.recent("g1", actor_id="bob")] == ["t1"]
    assert [record.id for record in tables.traces.recent("g1", actor_id="alice")] == ["t2", "t1"]
    last = tables.traces.last_for("g1", "bob")
    assert last is not None
    assert last.id == "t1"
    assert tables.traces.last_for("g1", "") is None


@pytest.mark.parametrize("wrong", [{"schema": 99}, {"body": '{"id": 7}'}, {"body": "{"}])
def test_a_trace_that_cannot_be_read_hides_none_of_the_others(
    dynamo: Table, aws: Clients, wrong: dict[str, Any]
) -> None:
    dynamo.traces.put(trace("t1", 10))
    dynamo.traces.put(trace("newer", 20))
    key = trace_key("g1", "people", 2)
    ((name, value),) = wrong.items()
    aws.dynamodb.update_item(
        TableName=NAME,
        Key=wired(key._asdict()),
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues=wired({":value": value}),
    )
    assert [record.id for record in dynamo.traces.recent("g1")] == ["t1"]
    last = dynamo.traces.last_for("g1", "alice")
    assert last is not None
    assert last.id == "t1"
    assert dynamo.traces.get("g1", "newer") is None


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


def test_one_actor_s_own_are_found_among_everybody_s(tables: Tables) -> None:
    for at in range(30):
        tables.traces.put(trace(f"bob{at}", at, actor="bob"))
    tables.traces.put(trace("mine", -5))
    assert [record.id for record in tables.traces.recent("g1", 25, actor_id="alice")] == ["mine"]
    assert len(tables.traces.recent("g1", 25, actor_id="bob")) == 25
    assert tables.traces.recent("g1", 25, actor_id="") == []


def test_of_two_in_the_same_second_the_later_put_comes_first(tables: Tables) -> None:
    tables.traces.put(trace("first"))
    tables.traces.put(trace("second"))
    assert [record.id for record in tables.traces.recent("g1")] == ["second", "first"]


# -- the bound -----------------------------------------------------------------------------------------------------


def test_a_hundred_can_be_read_and_they_are_the_newest(tables: Tables) -> None:
    for number in range(KEPT + 30):
        tables.traces.put(trace(f"t{number}", number))
    found = tables.traces.recent("g1", 1_000)
    assert [record.id for record in found] == [f"t{number}" for number in reversed(range(30, KEPT + 30))]
    assert tables.traces.get("g1", "t29") is None
    assert tables.traces.get("g1", "t30") is not None


def test_what_switchback_does_by_itself_takes_no_room_from_what_people_did(tables: Tables) -> None:
    tables.traces.put(trace("mine"))
    for number in range(KEPT + 1):
        tables.traces.put(trace(f"t{number}", number, actor="switchback", kind="job"))
    last = tables.traces.last_for("g1", "alice")
    assert last is not None
    assert last.id == "mine"
    assert len(tables.traces.recent("g1", 1_000)) == KEPT + 1


def test_one_guild_takes_no_room_from_another(tables: Tables) -> None:
    tables.traces.put(trace("mine", guild="g2"))
    for number in range(KEPT + 1):
        tables.traces.put(trace(f"t{number}", number))
    assert [record.id for record in tables.traces.recent("g2", 1_000)] == ["mine"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["g1", "g2"]), st.sampled_from(["command", "tick"]), st.integers(0, 3)), max_size=40
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_put_the_newest_is_there_and_no_guild_sees_another(
    clock: HeldClock, put: list[tuple[str, str, int]]
) -> None:
    traces = MemoryTable(clock).traces
    for number, (guild, kind, actor) in enumerate(put):
        traces.put(trace(f"t{number}", number, guild=guild, kind=kind, actor=f"a{actor}"))
        newest = traces.recent(guild, 1)
        assert [record.id for record in newest] == [f"t{number}"]
        assert all(record.guild_id == guild for record in traces.recent(guild, 1_000))


WRITERS = 4


@pytest.fixture(name="own_calls")
def own_calls_fixture(aws: Clients) -> Iterator[None]:
    """One call to DynamoDB at a time: it takes each whole, where moto would mix two threads' updates."""
    lock, events = threading.Lock(), aws.dynamodb.meta.events

    def enter(**_: Any) -> None:
        lock.acquire()

    def leave(**_: Any) -> None:
        lock.release()

    events.register("before-call.dynamodb", enter)
    events.register("after-call.dynamodb", leave)
    yield
    events.unregister("before-call.dynamodb", enter)
    events.unregister("after-call.dynamodb", leave)


def test_concurrent_writers_leave_no_more_than_the_bound_and_lose_none_of_the_newest(
    dynamo: Table, own_calls: None
) -> None:
    all_but_done = threading.Barrier(WRITERS)

    def write(name: str) -> None:
        for number in range(40):
            if number == 39:
                all_but_done.wait()
            dynamo.traces.put(trace(f"{name}-{number}", number, actor=name))

    threads = [threading.Thread(target=write, args=(f"w{n}",)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = {record.id for record in dynamo.traces.recent("g1", 1_000)}
    assert len(found) <= KEPT + WRITERS
    assert {f"w{n}-39" for n in range(WRITERS)} <= found


def test_a_writer_that_dies_between_its_two_calls_leaves_no_more_and_hides_nobody(dynamo: Table, aws: Clients) -> None:
    """Killed at the first call, then at the second, and so on until a trace was put whole."""
    for number in range(KEPT):
        dynamo.traces.put(trace(f"t{number}", number))
    calls = _Calls(aws.dynamodb)
    for killed_at in (1, 2):
        calls.until = killed_at
        with pytest.raises(Killed):
            dynamo.traces.put(trace(f"lost{killed_at}", KEPT + killed_at))
        found = [record.id for record in dynamo.traces.recent("g1", 1_000)]
        assert len(found) <= KEPT
        assert found[0] == f"t{KEPT - 1}"
    calls.until = None
    dynamo.traces.put(trace("whole", KEPT + 9))
    found = [record.id for record in dynamo.traces.recent("g1", 1_000)]
    assert found[0] == "whole"
    assert len(found) <= KEPT
    calls.end()


def test_a_writer_overtaken_by_a_whole_ring_does_not_take_the_newer_one_s_place(dynamo: Table, aws: Clients) -> None:
    calls = _Calls(aws.dynamodb)

    def meanwhile() -> None:
        calls.end()
        for number in range(KEPT):
            dynamo.traces.put(trace(f"t{number}", 100 + number))

    calls.before_put = meanwhile
    dynamo.traces.put(trace("slow", 0))
    found = [record.id for record in dynamo.traces.recent("g1", 1_000)]
    assert found == [f"t{number}" for number in reversed(range(KEPT))]


class Killed(BaseException):
    """The process is gone."""


class _Calls:
    """`until`: the call to DynamoDB, counted from 1, at which the process dies; what `before_put` does once."""

    def __init__(self, client: Any) -> None:
        self.until: int | None = None
        self.before_put: Callable[[], None] | None = None
        self._made = 0
        self._events = client.meta.events
        self._events.register("before-call.dynamodb", self._meet)

    def end(self) -> None:
        self._events.unregister("before-call.dynamodb", self._meet)

    def _meet(self, model: Any, **_: Any) -> None:
        if model.name == "Query":
            return
        self._made += 1
        if self.until is not None and self._made >= self.until:
            self._made = 0
            raise Killed
        if model.name == "PutItem" and self.before_put is not None:
            act, self.before_put = self.before_put, None
            act()
