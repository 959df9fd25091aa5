"""The decision to tell, held to Alertmanager's own table of cases (notify/notify_test.go, TestDedupStageNeedsUpdate)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.alerting.dedup import needs_telling

NOW = 1_764_000_000
MINUTE = 60
ZERO = -(10**12)
"""A time that nobody has set."""


def names(*numbers: int) -> frozenset[str]:
    return frozenset(map(str, numbers))


NOBODY = names()

ALERTMANAGERS = {
    "nothing told, some fire": (None, names(2, 3, 4), NOBODY, False, 0, True),
    "nothing told, some are over": (None, NOBODY, names(2, 3, 4), False, 0, False),
    "others fire": ((names(1, 2, 3), NOBODY, ZERO), names(2, 3, 4), NOBODY, False, 0, True),
    "told at no time": ((names(1, 2, 3), NOBODY, ZERO), names(1, 2, 3), NOBODY, False, 0, True),
    "the same, before the repeat": ((names(1, 2, 3), NOBODY, NOW - 9 * MINUTE), names(1, 2, 3), NOBODY, False, 600, False),
    "the same, after the repeat": ((names(1, 2, 3), NOBODY, NOW - 11 * MINUTE), names(1, 2, 3), NOBODY, False, 600, True),
    "others are over and nothing fires": ((NOBODY, names(1, 2, 3), NOW - 11 * MINUTE), NOBODY, names(3, 4, 5), True, 600, False),
    "others are over, which is not told": ((names(1, 2), names(3), NOW - 9 * MINUTE), names(1), names(2, 3), False, 600, False),
    "others are over, which is told": ((names(1, 2), names(3), NOW - 9 * MINUTE), names(1), names(2, 3), True, 600, True),
    "all is over, which is not told": ((names(1, 2), names(3), NOW - 9 * MINUTE), NOBODY, names(1, 2, 3), False, 600, True),
    "all is over, which is told": ((names(1, 2), names(3), NOW - 9 * MINUTE), NOBODY, names(1, 2, 3), True, 600, True),
}  # fmt: skip


@pytest.mark.parametrize("row", ALERTMANAGERS.values(), ids=ALERTMANAGERS)
def test_it_decides_as_alertmanager_does(row: tuple[object, ...]) -> None:
    told, firing, over, tell_over, repeat, expected = row
    why = needs_telling(told, firing, over, tell_over=tell_over, repeat=repeat, now=NOW)  # type: ignore[arg-type]  # a row of the table
    assert bool(why) is expected


sets = st.frozensets(st.sampled_from("abcde"))


@given(sets, sets, st.integers(0, 3600))
def test_whoever_knows_how_things_are_is_told_again_only_after_the_repeat(
    firing: frozenset[str], over: frozenset[str], age: int
) -> None:
    over -= firing
    why = needs_telling((firing, over, NOW - age), firing, over, tell_over=True, repeat=1800, now=NOW)
    assert why == ("still" if firing and age > 1800 else "")


@given(sets, sets, sets, sets)
def test_what_newly_fires_is_always_told(
    knows: frozenset[str], knew_over: frozenset[str], firing: frozenset[str], over: frozenset[str]
) -> None:
    why = needs_telling((knows, knew_over, NOW), firing, over, tell_over=True, repeat=1800, now=NOW)
    if firing - knows:
        assert why == "more fire"
    if not why:
        assert firing <= knows
