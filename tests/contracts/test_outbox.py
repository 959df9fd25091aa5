"""The outbox. DynamoDB and memory behave alike."""

from __future__ import annotations

import pytest
from msgspec import structs

from orchestrator.core.effects import Arm, Disarm
from orchestrator.ports import Conflict
from tests.contracts.table_fixtures import (  # noqa: F401 (fixtures are used by their names)
    NOW,
    HeldClock,
    Tables,
    button,
    clock_fixture,
    dynamo_fixture,
    following,
    post,
    started,
    tables_fixture,
)

ARM = Arm(alarm="portal-outage", owner="shop-1", values=(("READS", "false"), ("WRITES", "false")))


def test_effects_wait_in_the_order_in_which_they_were_saved(tables: Tables, clock: HeldClock) -> None:
    state = started(tables, effects=(ARM, post("one"), post("two")))
    clock.at += 60
    tables.rollouts.save(following(state, effects=(Disarm(alarm="portal-outage", owner="shop-1"), post("three"))))
    waiting = tables.rollouts.waiting("shop-1", clock.at)
    disarm = Disarm(alarm="portal-outage", owner="shop-1")
    assert [entry.effect for entry in waiting] == [ARM, post("one"), post("two"), disarm, post("three")]
    assert [entry.seq for entry in waiting] == [1, 2, 3, 4, 5]
    assert [entry.created_at for entry in waiting] == [NOW] * 3 + [NOW + 60] * 2
    assert {(entry.rollout, entry.tries, entry.not_before) for entry in waiting} == {("shop-1", 0, 0)}


def test_more_than_ten_effects_keep_their_order(tables: Tables) -> None:
    started(tables, effects=tuple(post(str(number)) for number in range(1, 24)))
    assert [entry.seq for entry in tables.rollouts.waiting("shop-1", NOW)] == list(range(1, 24))


def test_what_is_done_waits_no_longer(tables: Tables) -> None:
    started(tables, effects=(post("one"), post("two")))
    first, second = tables.rollouts.waiting("shop-1", NOW)
    tables.rollouts.done(first, "message-1")
    assert tables.rollouts.waiting("shop-1", NOW) == [second]
    tables.rollouts.done(first, "message-1")
    tables.rollouts.later(first, NOW)
    assert tables.rollouts.waiting("shop-1", NOW) == [second], "done stays done"


def test_what_is_put_off_comes_back_later(tables: Tables) -> None:
    started(tables, effects=(post("one"), post("two")))
    first, second = tables.rollouts.waiting("shop-1", NOW)
    tables.rollouts.later(first, NOW + 30)
    assert tables.rollouts.waiting("shop-1", NOW + 29) == [second]
    again = structs.replace(first, not_before=NOW + 30, tries=1)
    assert tables.rollouts.waiting("shop-1", NOW + 30) == [again, second]
    tables.rollouts.later(again, NOW + 60)
    assert [entry.tries for entry in tables.rollouts.waiting("shop-1", NOW + 60)] == [2, 0]


def test_the_key_is_stable_unlike_any_other_and_fits_a_nonce(tables: Tables) -> None:
    started(tables, "shop-1", effects=(post("one"), post("two")))
    started(tables, "search-1", effects=(post("one"),))
    waiting = tables.rollouts.waiting("shop-1", NOW) + tables.rollouts.waiting("search-1", NOW)
    keys = [entry.key for entry in waiting]
    assert len(set(keys)) == 3
    assert all(0 < len(key) <= 25 for key in keys)
    tables.rollouts.later(waiting[0], NOW)
    assert tables.rollouts.waiting("shop-1", NOW)[0].key == keys[0]


def test_an_effect_that_was_never_saved_is_nothing_to_do(tables: Tables) -> None:
    started(tables, effects=(post("one"),))
    (real,) = tables.rollouts.waiting("shop-1", NOW)
    ghost = structs.replace(real, seq=99)
    tables.rollouts.done(ghost, "message-1")
    tables.rollouts.later(ghost, NOW + 5)
    assert tables.rollouts.waiting("shop-1", NOW + 60) == [real]


def test_cards_go_to_the_buttons_in_order(tables: Tables) -> None:
    cards = tuple(button(name, kind="card", expires_at=0) for name in ("card-1", "card-2", "card-3"))
    started(
        tables,
        effects=(post("one", "approve", "rollback"), ARM, post("none"), post("two", "status")),
        cards=cards,
    )
    waiting = tables.rollouts.waiting("shop-1", NOW)
    assert [entry.buttons for entry in waiting] == [("card-1", "card-2"), (), (), ("card-3",)]
    stored = tables.confirmations.get("card-3")
    assert stored is not None
    assert (stored.id, stored.kind, stored.used_at) == ("card-3", "card", 0)


def test_cards_that_do_not_fit_the_buttons_are_a_fault_of_ours(tables: Tables) -> None:
    before = started(tables)
    cards = (button("card-1", kind="card"),)
    with pytest.raises(ValueError, match="cards"):
        tables.rollouts.save(following(before, effects=(post("one", "approve", "rollback"),), cards=cards))


def test_folded_messages_are_replaced_by_one_where_the_first_stood(tables: Tables, clock: HeldClock) -> None:
    started(tables, effects=(post("one"), ARM, post("two"), post("three")))
    one, arm, two, three = tables.rollouts.waiting("shop-1", NOW)
    tables.rollouts.later(two, NOW + 300)
    two = next(entry for entry in tables.rollouts.waiting("shop-1", NOW + 300) if entry.seq == two.seq)
    folded = tables.rollouts.fold([one, two], post("both"), "digest-1")
    assert tables.rollouts.waiting("shop-1", NOW) == [folded, arm, three]
    assert (folded.effect, folded.key, folded.seq, folded.not_before) == (post("both"), "digest-1", one.seq, 0)
    assert (folded.tries, folded.created_at, folded.buttons) == (1, NOW, ())
    tables.rollouts.done(folded, "message-1")
    assert tables.rollouts.waiting("shop-1", NOW + 300) == [arm, three]


def test_buttons_go_with_the_messages_that_had_them(tables: Tables) -> None:
    cards = (button("card-1", kind="card", expires_at=0),)
    started(tables, effects=(post("one", "approve"), post("two")), cards=cards)
    one, two = tables.rollouts.waiting("shop-1", NOW)
    assert one.buttons == ("card-1",)
    folded = tables.rollouts.fold([one, two], post("both"), "digest-1")
    assert tables.rollouts.waiting("shop-1", NOW) == [folded]
    assert folded.buttons == ()


@pytest.mark.parametrize("meanwhile", ["done", "folded"])
def test_what_somebody_else_has_told_meanwhile_is_not_folded(tables: Tables, meanwhile: str) -> None:
    started(tables, effects=(post("one"), post("two"), post("three")))
    one, two, three = tables.rollouts.waiting("shop-1", NOW)
    if meanwhile == "done":
        tables.rollouts.done(two, "message-1")
        left = [one, three]
    else:
        left = [tables.rollouts.fold([one, two], post("both"), "digest-1"), three]
    with pytest.raises(Conflict):
        tables.rollouts.fold([one, two, three], post("all"), "digest-2")
    assert tables.rollouts.waiting("shop-1", NOW) == left, "all or nothing"


def test_a_hundred_messages_fold_at_once(tables: Tables) -> None:
    state = started(tables, effects=tuple(post(str(number)) for number in range(50)))
    tables.rollouts.save(following(state, effects=tuple(post(str(number)) for number in range(50, 90))))
    waiting = tables.rollouts.waiting("shop-1", NOW)
    folded = tables.rollouts.fold(waiting, post("all"), "digest-1")
    assert tables.rollouts.waiting("shop-1", NOW) == [folded]
