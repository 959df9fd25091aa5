"""The warm container's traces: a true LRU of a hundred, and the table behind it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from orchestrator.adapters.memory.table import MemoryTable
from orchestrator.adapters.warm_traces import WarmFirst, WarmTraces
from orchestrator.core.trace import TraceRecord
from orchestrator.ports import Unavailable
from tests.contracts.table_fixtures import NOW, HeldClock


def record(trace_id: str, *, guild: str = "g1", actor: str = "alice", at: int = 1, **more: Any) -> TraceRecord:
    return TraceRecord(
        id=trace_id, kind="command", at=at, duration_ms=1, outcome="done", guild_id=guild, actor=actor, **more
    )


def test_the_least_recently_used_goes_and_one_used_again_is_moved_up() -> None:
    kept = WarmTraces(limit=3)
    for name in "abc":
        kept.put(record(name, actor=name))
    assert kept.get("g1", "a") is not None
    kept.put(record("d", actor="d"))
    assert kept.get("g1", "b") is None
    assert kept.last_for("g1", "c") is not None
    kept.put(record("e", actor="e"))
    assert [name for name in "acde" if kept.get("g1", name)] == ["c", "d", "e"]


def test_looking_for_the_last_one_moves_up_that_one_only() -> None:
    kept = WarmTraces(limit=3)
    kept.put(record("other", actor="bob"))
    kept.put(record("a", at=1))
    kept.put(record("b", at=2))
    assert kept.get("g1", "other") is not None
    last = kept.last_for("g1", "alice")
    assert last is not None
    assert last.id == "b"
    kept.put(record("c", at=3))
    assert kept.get("g1", "a") is None
    assert kept.get("g1", "other") is not None


def test_what_is_kept_is_redacted() -> None:
    kept = WarmTraces()
    kept.put(record("t2", reason="password=S3cret99"))
    assert "S3cret99" not in repr(kept.get("g1", "t2"))


def test_a_trace_of_another_guild_or_person_is_never_found() -> None:
    kept = WarmTraces()
    kept.put(record("t1", guild="g1", actor="alice"))
    assert kept.get("g2", "t1") is None
    assert kept.last_for("g2", "alice") is None
    assert kept.last_for("g1", "bob") is None


def test_the_same_id_in_two_guilds_is_two_traces() -> None:
    kept = WarmTraces()
    kept.put(record("t1", guild="g1", reason="one"))
    kept.put(record("t1", guild="g2", reason="two"))
    found = kept.get("g1", "t1")
    assert found is not None
    assert found.reason == "one"


def test_of_two_in_the_same_second_the_later_kept_is_the_last() -> None:
    kept = WarmTraces()
    kept.put(record("first", at=5))
    kept.put(record("second", at=5))
    last = kept.last_for("g1", "alice")
    assert last is not None
    assert last.id == "second"


def test_a_store_for_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="could not keep the newest"):
        WarmTraces(limit=0)


def test_many_threads_at_once_keep_the_limit() -> None:
    kept = WarmTraces(limit=100)

    def work(name: str) -> None:
        for n in range(200):
            kept.put(record(f"{name}-{n}", actor=name, at=n))
            last = kept.last_for("g1", name)
            if last is not None and last.id != f"{name}-{n}":  # None: the others were faster by a whole store
                wrong.append(last.id)
            done.append(1)

    done: list[int] = []
    wrong: list[str] = []
    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), len(kept), wrong) == (800, 100, [])


class LeastRecentlyUsed(RuleBasedStateMachine):
    """Against a plain list, most recently used last."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = WarmTraces(limit=4)
        self.model: list[tuple[str, str]] = []

    @rule(guild=st.sampled_from("ab"), name=st.sampled_from("123456"))
    def put(self, guild: str, name: str) -> None:
        self.kept.put(record(name, guild=guild))
        self.model = [key for key in self.model if key != (guild, name)] + [(guild, name)]
        self.model = self.model[-4:]

    @rule(guild=st.sampled_from("ab"), name=st.sampled_from("123456"))
    def get(self, guild: str, name: str) -> None:
        found = self.kept.get(guild, name)
        assert (found is not None) == ((guild, name) in self.model)
        if found is not None:
            self.model = [key for key in self.model if key != (guild, name)] + [(guild, name)]

    @invariant()
    def never_too_many(self) -> None:
        assert len(self.kept) == len(self.model)


TestLeastRecentlyUsed = LeastRecentlyUsed.TestCase
TestLeastRecentlyUsed.settings = settings(max_examples=40, stateful_step_count=25)


class Behind:
    """The warm copy over a table that another container writes too."""

    def __init__(self) -> None:
        self.table = MemoryTable(HeldClock()).traces
        self.here, self.there = WarmFirst(self.table, WarmTraces()), WarmFirst(self.table, WarmTraces())


def recent(trace_id: str, **more: Any) -> TraceRecord:
    return record(trace_id, at=NOW, **more)


def test_what_was_just_done_is_shown_without_a_read() -> None:
    behind = Behind()
    behind.here.put(recent("t1"))
    behind.table.fail_next = [RuntimeError("the table was asked")]
    found = behind.here.get("g1", "t1")
    assert found is not None
    assert found.id == "t1"


def test_a_trace_of_another_container_comes_from_the_table_once() -> None:
    behind = Behind()
    behind.there.put(recent("t1"))
    assert behind.here.get("g1", "t1") is not None
    behind.table.fail_next = [RuntimeError("the table was asked")]
    assert behind.here.get("g1", "t1") is not None


def test_the_newest_of_an_actor_may_be_another_container_s() -> None:
    behind = Behind()
    behind.here.put(recent("mine"))
    behind.there.put(record("theirs", at=NOW + 1))
    last = behind.here.last_for("g1", "alice")
    assert last is not None
    assert last.id == "theirs"


def test_what_the_table_could_not_be_told_is_still_shown_here() -> None:
    behind = Behind()
    behind.table.fail_next = [Unavailable("down")]
    with pytest.raises(Unavailable):
        behind.here.put(recent("t1"))
    last = behind.here.last_for("g1", "alice")
    assert last is not None
    assert last.id == "t1"


def test_while_the_table_is_down_the_last_one_is_the_copy_s() -> None:
    behind = Behind()
    behind.here.put(recent("t1"))
    behind.table.fail_next = [Unavailable("down")]
    last = behind.here.last_for("g1", "alice")
    assert last is not None
    assert last.id == "t1"


def test_while_the_table_is_down_a_failed_one_is_the_copy_s() -> None:
    behind = Behind()
    behind.here.put(TraceRecord(id="t1", kind="command", at=NOW, duration_ms=1, outcome="failed", guild_id="g1"))
    behind.table.fail_next = [Unavailable("down")]
    found = behind.here.get("g1", "t1")
    assert found is not None
    assert found.outcome == "failed"


def test_what_neither_has_while_the_table_is_down_is_not_said_to_be_missing() -> None:
    behind = Behind()
    for look in (behind.here.get, behind.here.last_for):
        behind.table.fail_next = [Unavailable("down")]
        with pytest.raises(Unavailable):
            look("g1", "t1")


def test_the_second_person_s_last_one_is_what_they_confirmed() -> None:
    kept = WarmTraces()
    kept.put(record("t1", actor="alice", second="bob"))
    last = kept.last_for("g1", "bob")
    assert last is not None
    assert last.id == "t1"


def test_what_failed_here_and_was_done_elsewhere_is_shown_as_done() -> None:
    behind = Behind()
    behind.here.put(recent("t1"))
    behind.here.put(TraceRecord(id="t1", kind="command", at=NOW, duration_ms=1, outcome="failed", guild_id="g1"))
    behind.there.put(recent("t1"))
    found = behind.here.get("g1", "t1")
    assert found is not None
    assert found.outcome == "done"
