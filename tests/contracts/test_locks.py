"""Who owns a flag, which fence it has, and which run of a plan is live. DynamoDB and memory behave alike."""

from __future__ import annotations

import pytest

from orchestrator.core.rollout import STANDING
from orchestrator.ports import Conflict, Locked, Refused
from tests.contracts.table_fixtures import (  # noqa: F401 (fixtures are used by their names)
    NOW,
    Tables,
    clock_fixture,
    dynamo_fixture,
    ended,
    flag,
    following,
    moved,
    opening,
    post,
    started,
    tables_fixture,
)


def test_a_start_claims_its_flags_and_an_end_gives_them_back(tables: Tables) -> None:
    flags = {"READS": flag("true", 1, pending=True), "WRITES": flag("false", 0)}
    state = started(tables, flags=flags, changes={"baseline": {"READS": "false", "WRITES": "false"}})
    assert tables.rollouts.owners(["READS", "WRITES", "OTHER"]) == {"READS": "shop-1", "WRITES": "shop-1"}
    assert tables.rollouts.fences(["READS", "WRITES", "OTHER"]) == {"READS": 1, "WRITES": 0, "OTHER": 0}
    ended(tables, state)
    assert tables.rollouts.owners(["READS", "WRITES"]) == {}
    assert tables.rollouts.fences(["READS", "WRITES"]) == {"READS": 1, "WRITES": 0}, "fences outlive the rollout"


def test_a_flag_of_another_rollout_is_locked(tables: Tables) -> None:
    started(tables, "shop-1", {"READS": flag("true", 1)})
    with pytest.raises(Locked) as locked:
        tables.rollouts.save(opening("search-1", {"FREE": flag("true", 1), "READS": flag("true", 2)}))
    assert (locked.value.what, locked.value.holder) == ("READS", "shop-1")
    assert tables.rollouts.load("search-1") is None
    assert tables.rollouts.owners(["FREE"]) == {}
    assert tables.rollouts.live_of("search") is None


@pytest.mark.parametrize("status", ["watching", "rolled_back", "aborting"])
def test_the_lock_is_kept_until_the_end(tables: Tables, status: str) -> None:
    moved(tables, started(tables, "shop-1", {"READS": flag("true", 1)}), status=status)
    with pytest.raises(Locked):
        tables.rollouts.save(opening("search-1", {"READS": flag("true", 2)}))


def test_a_fence_goes_up_with_each_change_and_never_down(tables: Tables) -> None:
    state = started(tables, flags={"READS": flag("true", 1)})
    state = moved(tables, state, flags={"READS": flag("false", 2)})
    assert tables.rollouts.fences(["READS"]) == {"READS": 2}
    with pytest.raises(Conflict):
        tables.rollouts.save(following(state, changes={"flags": {"READS": flag("true", 1)}}))
    assert tables.rollouts.load("shop-1") == state


def test_a_start_below_the_highest_fence_is_decided_again(tables: Tables) -> None:
    ended(tables, started(tables, "shop-1", {"READS": flag("true", 4)}))
    for stale in (flag("true", 4, pending=True), flag("true", 1, pending=True), flag(None, 3)):
        with pytest.raises(Conflict):
            tables.rollouts.save(opening("shop-2", {"READS": stale}))
    started(tables, "shop-2", {"READS": flag("true", 5, pending=True)})
    assert tables.rollouts.fences(["READS"]) == {"READS": 5}


def test_a_flag_claimed_as_it_stands_keeps_its_fence(tables: Tables) -> None:
    ended(tables, started(tables, "shop-1", {"READS": flag("true", 4)}))
    as_it_stands = {"baseline": {"READS": "true"}}
    for other in (3, 5):
        with pytest.raises(Conflict):
            tables.rollouts.save(opening("shop-2", {"READS": flag("true", other)}, changes=as_it_stands))
    started(tables, "shop-2", {"READS": flag("true", 4)}, changes=as_it_stands)
    assert tables.rollouts.fences(["READS"]) == {"READS": 4}
    assert tables.rollouts.owners(["READS"]) == {"READS": "shop-2"}


def test_the_standing_set_never_owns_a_flag(tables: Tables) -> None:
    state = started(tables, STANDING, {"READS": flag(None, 0)})
    state = moved(tables, state, flags={"READS": flag("false", 1, pending=True)})
    assert tables.rollouts.owners(["READS"]) == {}
    assert tables.rollouts.fences(["READS"]) == {"READS": 1}
    started(tables, "shop-1", {"READS": flag("true", 2, pending=True)})
    with pytest.raises(Locked) as locked:
        tables.rollouts.save(following(state, changes={"flags": {"READS": flag("false", 3)}}))
    assert locked.value.holder == "shop-1"
    quiet = moved(tables, state, waiting="standing")
    assert quiet.version == state.version + 1, "what leaves the flag alone is not hindered by its lock"


def test_the_standing_set_goes_on_above_the_fences_of_ended_rollouts(tables: Tables) -> None:
    state = started(tables, STANDING)
    ended(tables, started(tables, "shop-1", {"READS": flag("true", 3)}))
    with pytest.raises(Conflict):
        tables.rollouts.save(following(state, changes={"flags": {"READS": flag("false", 1)}}))
    moved(tables, state, flags={"READS": flag("false", 4)})
    assert tables.rollouts.fences(["READS"]) == {"READS": 4}


def test_one_rollout_of_a_plan_is_live(tables: Tables) -> None:
    state = started(tables, "shop-1")
    with pytest.raises(Locked) as locked:
        tables.rollouts.save(opening("shop-2"))
    assert (locked.value.what, locked.value.holder) == ("shop", "shop-1")
    ended(tables, state)
    assert tables.rollouts.live_of("shop") is None
    started(tables, "shop-2")
    assert tables.rollouts.live_of("shop") == "shop-2"


def test_of_two_starts_with_the_same_number_one_wins(tables: Tables) -> None:
    first = opening("shop-1", {"READS": flag("true", 1)})
    second = opening("shop-1", {"READS": flag("true", 1)})
    tables.rollouts.save(first)
    with pytest.raises(Locked) as locked:
        tables.rollouts.save(second)
    assert locked.value.holder == "shop-1"
    assert tables.rollouts.load("shop-1") == first.after


def test_a_number_is_handed_out_once(tables: Tables) -> None:
    assert tables.rollouts.next_number("shop") == 1
    ended(tables, started(tables, "shop-1"))
    assert tables.rollouts.next_number("shop") == 2
    with pytest.raises(Conflict):
        tables.rollouts.save(opening("shop-1"))
    ended(tables, started(tables, "shop-2"))
    assert tables.rollouts.next_number("shop") == 3
    assert tables.rollouts.next_number("search") == 1


def test_a_plan_whose_name_ends_in_a_number_has_numbers_of_its_own(tables: Tables) -> None:
    started(tables, "shop-2-1", changes={"plan": "shop-2"})
    assert tables.rollouts.next_number("shop-2") == 2
    assert tables.rollouts.next_number("shop") == 1


def test_a_rollout_that_is_not_named_after_its_plan_is_a_fault_of_ours(tables: Tables) -> None:
    with pytest.raises(ValueError, match="is not called shop-NUMBER"):
        tables.rollouts.save(opening("shop-x", changes={"plan": "shop"}))


def test_thirty_flags_move_at_once(tables: Tables) -> None:
    names = [f"FLAG_{number}" for number in range(30)]
    state = started(tables, flags={name: flag("true", 1, pending=True) for name in names})
    assert tables.rollouts.owners(names) == dict.fromkeys(names, "shop-1")
    state = moved(tables, state, flags={name: flag("false", 2, pending=True) for name in names})
    assert set(tables.rollouts.fences(names).values()) == {2}
    verified = tables.rollouts.verified("shop-1", dict.fromkeys(names, (2, 9)), NOW)
    assert verified is not None
    assert verified.pending == ()
    ended(tables, verified)
    assert tables.rollouts.owners(names) == {}


def test_more_than_a_hundred_writes_are_refused_in_plain_words(tables: Tables) -> None:
    before = started(tables)
    with pytest.raises(Refused, match="102 writes; at most 100"):
        tables.rollouts.save(following(before, effects=tuple(post(str(n)) for n in range(100))))
    tables.rollouts.save(following(before, effects=tuple(post(str(n)) for n in range(98))))
    assert len(tables.rollouts.waiting("shop-1", 10**10)) == 98


def test_many_flags_are_asked_for_at_once(tables: Tables) -> None:
    names = [f"FLAG_{number}" for number in range(150)]
    started(tables, flags={name: flag("true", 1) for name in names[:20]})
    assert len(tables.rollouts.owners(names)) == 20
    assert tables.rollouts.fences([*names, *names]) == {name: int(name in names[:20]) for name in names}
    assert tables.rollouts.fences([]) == {}
