"""Rollouts: state, versions, what is due, the audit chain. DynamoDB and memory behave alike."""

from __future__ import annotations

from threading import Thread

import pytest
from msgspec import structs

from orchestrator.adapters.memory.table import MemoryTable
from orchestrator.core.audit import first_fault
from orchestrator.core.gates import Approval
from orchestrator.core.rollout import STANDING, HoldEntry
from orchestrator.core.verdicts import Verdict
from orchestrator.ports import AlreadyDone, Conflict, UnknownSchema
from tests.contracts.table_fixtures import (  # noqa: F401 (fixtures are used by their names)
    NOW,
    HeldClock,
    Tables,
    clock_fixture,
    dynamo_fixture,
    ended,
    flag,
    following,
    moved,
    opening,
    started,
    tables_fixture,
)


def test_what_was_saved_is_loaded(tables: Tables) -> None:
    saved = started(
        tables,
        flags={"READS": flag("true", 1, pending=True), "LÉGACY": flag(None, 0)},
        changes={
            "holds": (HoldEntry(kind="pause", by="alice", reason="“lunch” 🍜", since=NOW),),
            "approvals": (Approval(stage="all", plan_hash="f" * 64, role="ops", user_id="1", name="bob", at=NOW),),
            "acted": {"portal-outage": NOW},
            "told": ("ask:all",),
        },
    )
    assert tables.rollouts.load("shop-1") == saved


def test_a_rollout_that_was_never_saved_is_none(tables: Tables) -> None:
    assert tables.rollouts.load("shop-1") is None
    assert tables.rollouts.audit("shop-1") == []
    assert tables.rollouts.waiting("shop-1", NOW) == []
    assert tables.rollouts.last_measured("shop-1") == ((), 0)
    assert tables.rollouts.verified("shop-1", {"READS": (1, 2)}, NOW) is None
    assert tables.rollouts.due(NOW) == tables.rollouts.live() == tables.rollouts.recent() == []


def test_of_two_saves_of_the_same_version_one_wins(tables: Tables) -> None:
    before = started(tables)
    first, second = following(before, changes={"stage": 1}), following(before, changes={"stage": 2})
    tables.rollouts.save(first)
    with pytest.raises(Conflict):
        tables.rollouts.save(second)
    assert tables.rollouts.load("shop-1") == first.after
    assert first_fault(tables.rollouts.audit("shop-1"), first.after.audit_head) == ""


def test_a_lost_race_leaves_nothing_behind(tables: Tables) -> None:
    before = started(tables, flags={"READS": flag("false", 0)})
    moved(tables, before, stage=1)
    late = following(before, changes={"flags": {"READS": flag("true", 1)}}, interaction_id="interaction-9")
    with pytest.raises(Conflict):
        tables.rollouts.save(late)
    assert not tables.rollouts.seen("interaction-9")
    assert tables.rollouts.fences(["READS"]) == {"READS": 0}
    assert len(tables.rollouts.audit("shop-1")) == 2


def test_a_transition_saved_twice_is_saved_once(tables: Tables) -> None:
    """A caller that never heard the answer may send it again."""
    opened = opening(interaction_id="interaction-1")
    tables.rollouts.save(opened)
    tables.rollouts.save(opened)
    onward = following(opened.after, changes={"stage": 1}, interaction_id="interaction-2")
    tables.rollouts.save(onward)
    tables.rollouts.save(onward)
    assert tables.rollouts.load("shop-1") == onward.after
    assert len(tables.rollouts.audit("shop-1")) == 2


def test_our_own_write_is_known_although_others_have_moved_on(tables: Tables) -> None:
    before = started(tables)
    ours = following(before, changes={"stage": 1})
    tables.rollouts.save(ours)
    newest = moved(tables, ours.after, stage=2)
    tables.rollouts.save(ours)
    assert tables.rollouts.load("shop-1") == newest


def test_an_interaction_is_carried_out_once(tables: Tables) -> None:
    before = started(tables, interaction_id="interaction-1")
    assert tables.rollouts.seen("interaction-1")
    assert not tables.rollouts.seen("interaction-2")
    with pytest.raises(AlreadyDone):
        tables.rollouts.save(following(before, changes={"stage": 1}, interaction_id="interaction-1"))
    assert tables.rollouts.load("shop-1") == before


def test_a_repeated_interaction_is_told_from_a_lost_race(tables: Tables) -> None:
    """Redelivered after the state has moved: deciding again would carry it out a second time."""
    before = started(tables)
    tables.rollouts.save(following(before, changes={"stage": 1}, interaction_id="interaction-1"))
    with pytest.raises(AlreadyDone):
        tables.rollouts.save(following(before, changes={"stage": 2}, interaction_id="interaction-1"))


def test_an_interaction_is_remembered_for_as_long_as_a_dead_letter_lives(tables: Tables, clock: HeldClock) -> None:
    before = started(tables, interaction_id="interaction-1")
    clock.at += 14 * 86400
    with pytest.raises(AlreadyDone):
        tables.rollouts.save(following(before, interaction_id="interaction-1"))
    assert tables.rollouts.seen("interaction-1")
    clock.at += 86400
    assert not tables.rollouts.seen("interaction-1"), "whether or not it has been cleaned away"
    tables.rollouts.save(following(before, interaction_id="interaction-1"))
    assert tables.rollouts.seen("interaction-1")


def test_due_lists_live_rollouts_by_next_check(tables: Tables) -> None:
    started(tables, "late-1", changes={"next_check": NOW + 60})
    started(tables, "second-1", changes={"next_check": NOW})
    started(tables, "first-1", changes={"next_check": NOW - 60})
    started(tables, STANDING, changes={"next_check": NOW - 120})
    ended(tables, started(tables, "over-1", changes={"next_check": NOW - 30}))
    assert tables.rollouts.due(NOW) == [STANDING, "first-1", "second-1"]
    assert tables.rollouts.due(NOW + 59) == [STANDING, "first-1", "second-1"]
    assert tables.rollouts.due(NOW + 60) == [STANDING, "first-1", "second-1", "late-1"]


def test_a_new_next_check_moves_a_rollout_in_what_is_due(tables: Tables) -> None:
    before = started(tables)
    moved(tables, before, next_check=NOW + 3600)
    assert tables.rollouts.due(NOW) == []
    assert tables.rollouts.due(NOW + 3600) == ["shop-1"]


@pytest.mark.parametrize("status", ["running", "watching", "rolled_back", "aborting"])
def test_live_has_every_status_but_the_ends(tables: Tables, status: str) -> None:
    before = started(tables, changes={"next_check": NOW + 10**6})
    started(tables, STANDING)
    moved(tables, before, status=status)
    assert tables.rollouts.live() == ["shop-1"]
    assert tables.rollouts.live_of("shop") == "shop-1"


def test_two_hundred_rollouts_are_all_due(tables: Tables) -> None:
    ids = [f"plan{number}-1" for number in range(200)] if isinstance(tables, MemoryTable) else ["a-1", "b-1", "c-1"]
    for rollout_id in ids:
        started(tables, rollout_id, audited=False)
    assert sorted(tables.rollouts.due(NOW)) == sorted(ids)


def test_recent_is_newest_first_live_or_not(tables: Tables) -> None:
    started(tables, STANDING, changes={"started_at": NOW + 900})
    for number in (1, 2, 3):
        ended(tables, started(tables, f"shop-{number}", changes={"started_at": NOW + number}))
    started(tables, "search-1", changes={"started_at": NOW + 2 * 3600})
    assert tables.rollouts.recent() == ["search-1", "shop-3", "shop-2", "shop-1"]
    assert tables.rollouts.recent(2) == ["search-1", "shop-3"]
    assert tables.rollouts.recent(0) == []


def test_the_audit_chain_is_whole(tables: Tables) -> None:
    state = started(tables)
    for stage in range(1, 12):
        state = moved(tables, state, stage=stage)
    entries = tables.rollouts.audit("shop-1")
    assert [entry.seq for entry in entries] == list(range(1, 13))
    assert first_fault(entries, state.audit_head) == ""
    assert entries[0].changes == (("READS", None, "true"),)


def test_a_change_without_an_entry_leaves_the_chain_alone(tables: Tables) -> None:
    before = started(tables)
    quiet = following(before, changes={"waiting": "soak"}, audited=False)
    tables.rollouts.save(quiet)
    assert first_fault(tables.rollouts.audit("shop-1"), quiet.after.audit_head) == ""
    assert len(tables.rollouts.audit("shop-1")) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 3},
        {"transition_id": ""},
        {"audit_seq": 9},
        {"audit_head": "0" * 64},
        {"effect_seq": 5},
        {"id": "other-1"},
    ],
)
def test_a_transition_that_does_not_add_up_is_a_fault_of_ours(tables: Tables, wrong: dict[str, object]) -> None:
    before = started(tables)
    good = following(before, changes={"stage": 1})
    with pytest.raises(ValueError, match="transition of"):
        tables.rollouts.save(structs.replace(good, after=structs.replace(good.after, **wrong)))
    assert tables.rollouts.load("shop-1") == before


def test_a_state_of_an_unknown_schema_is_left_alone(tables: Tables) -> None:
    written = started(tables, flags={"READS": flag("true", 1)}, changes={"schema": 2})
    with pytest.raises(UnknownSchema):
        tables.rollouts.load("shop-1")
    with pytest.raises(UnknownSchema):
        tables.rollouts.verified("shop-1", {"READS": (1, 7)}, NOW)
    with pytest.raises(Conflict):
        tables.rollouts.save(opening("shop-1", changes={"status": "completed"}))
    assert written.schema == 2


def test_the_schema_before_is_read(tables: Tables) -> None:
    saved = started(tables, changes={"schema": 0})
    assert tables.rollouts.load("shop-1") == saved


def test_verified_records_what_was_read_back(tables: Tables) -> None:
    flags = {"READS": flag("true", 3, pending=True), "WRITES": flag("true", 1, pending=True)}
    before = started(tables, flags=flags)
    state = tables.rollouts.verified("shop-1", {"READS": (3, 12)}, NOW)
    assert state is not None
    assert state.flags["READS"] == structs.replace(flag("true", 3, verified=12), verified_at=NOW)
    assert state.flags["WRITES"].pending
    assert state.version == before.version + 1
    assert state.transition == before.transition, "a button stays good"
    assert state.transition_id not in ("", before.transition_id)
    assert tables.rollouts.load("shop-1") == state
    assert len(tables.rollouts.audit("shop-1")) == 1


def test_verified_drops_what_has_moved_on(tables: Tables) -> None:
    before = started(tables, flags={"READS": flag("true", 3, pending=True)})
    versions = {"READS": (2, 12), "GONE": (1, 5)}
    assert tables.rollouts.verified("shop-1", versions, NOW) == before
    assert tables.rollouts.load("shop-1") == before, "nothing to record is no write"


def test_verified_twice_is_written_once(tables: Tables) -> None:
    started(tables, flags={"READS": flag("true", 3, pending=True)})
    first = tables.rollouts.verified("shop-1", {"READS": (3, 12)}, NOW)
    assert tables.rollouts.verified("shop-1", {"READS": (3, 12)}, NOW) == first
    assert tables.rollouts.verified("shop-1", {"READS": (3, 11)}, NOW) == first, "an older version proves nothing more"


def test_a_decision_made_before_a_read_back_was_recorded_is_made_again(tables: Tables) -> None:
    before = started(tables, flags={"READS": flag("true", 3, pending=True)})
    verified = tables.rollouts.verified("shop-1", {"READS": (3, 12)}, NOW)
    with pytest.raises(Conflict):
        tables.rollouts.save(following(before, changes={"stage": 1}))
    assert verified is not None
    after = moved(tables, verified, stage=1)
    assert after.flags["READS"].verified == 12


def test_read_backs_in_a_row_keep_their_ids_short(tables: Tables) -> None:
    started(tables, flags={"READS": flag("true", 1)})
    seen = set()
    for version in range(2, 30):
        state = tables.rollouts.verified("shop-1", {"READS": (1, version)}, NOW)
        assert state is not None
        seen.add(state.transition_id)
        assert len(state.transition_id) < 40
    assert len(seen) == 28


def test_the_last_measurement_is_kept_beside_the_state(tables: Tables) -> None:
    before = started(tables)
    first = (Verdict(gate="api_5xx", outcome="waiting", line="no", k=1, n=9, bound="0.5%"),)
    last = (*first, Verdict(gate="read_p95", outcome="pass", line="80 ms"))
    tables.rollouts.measured("shop-1", first, NOW)
    tables.rollouts.measured("shop-1", last, NOW + 60)
    assert tables.rollouts.last_measured("shop-1") == (last, NOW + 60)
    assert tables.rollouts.load("shop-1") == before


def test_of_many_threads_with_the_same_version_one_wins(clock: HeldClock) -> None:
    """In memory only: moto's transactions are not isolated from each other."""
    tables = MemoryTable(clock)
    before = started(tables)
    lost: list[str] = []

    def save(stage: int) -> None:
        try:
            tables.rollouts.save(following(before, changes={"stage": stage}))
        except Conflict as conflict:
            lost.append(str(conflict))

    threads = [Thread(target=save, args=(stage,)) for stage in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lost) == 19
    assert len(tables.rollouts.audit("shop-1")) == 2
