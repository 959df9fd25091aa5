"""The outbox and the alerts' slots. DynamoDB and memory behave alike."""

from __future__ import annotations

import pytest
from msgspec import structs

from orchestrator.core.effects import Arm, Disarm
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


def test_the_first_tells_an_alert_and_the_others_are_counted(tables: Tables) -> None:
    raise_alert = tables.rollouts.raise_alert
    assert raise_alert("portal", "first", NOW, 300)
    assert not raise_alert("portal", "second", NOW, 300)
    assert not raise_alert("portal", "second", NOW + 299, 300)
    assert raise_alert("other", "second", NOW, 300)
    assert raise_alert("portal", "second", NOW + 300, 300)
    assert not raise_alert("portal", "first", NOW + 301, 300)


def test_the_holder_of_an_alert_is_let_in_again(tables: Tables) -> None:
    """It may have died while telling, and comes back from the outbox."""
    assert tables.rollouts.raise_alert("portal", "first", NOW, 300)
    assert tables.rollouts.raise_alert("portal", "first", NOW + 60, 300)
    assert not tables.rollouts.raise_alert("portal", "second", NOW + 61, 300)


def test_an_alert_that_could_not_be_told_is_given_back(tables: Tables) -> None:
    assert tables.rollouts.raise_alert("portal", "first", NOW, 300)
    tables.rollouts.lower_alert("portal", "second")
    assert not tables.rollouts.raise_alert("portal", "second", NOW + 1, 300), "only its holder gives it back"
    tables.rollouts.lower_alert("portal", "first")
    assert tables.rollouts.raise_alert("portal", "second", NOW + 1, 300)
    tables.rollouts.lower_alert("never-raised", "first")
