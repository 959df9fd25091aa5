"""docs/requirements.md: every need once, and what it points to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([RTC]\d+) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
PLANS = {"P": "prisma-persistence", "V": "validation-mode", "O": "ops-bot"}


def numbers(*spans: tuple[int, int]) -> list[int]:
    return [number for first, last in spans for number in range(first, last + 1)]


NEEDS = [
    *(f"R{number:03}" for number in numbers((1, 15), (20, 35), (40, 55), (60, 119), (130, 147))),
    *(f"R{number}" for number in numbers((150, 160), (170, 176), (180, 186))),
    *(f"T{number}" for number in numbers((1, 12))),
    *(f"C{number}" for number in numbers((1, 32))),
]


def test_every_need_has_one_row_in_its_order() -> None:
    assert [number for number, _, _ in ROWS] == NEEDS


@pytest.mark.parametrize(("number", "what", "where"), ROWS, ids=[number for number, _, _ in ROWS])
def test_a_need_is_told_in_one_line_and_says_where_it_is_met(number: str, what: str, where: str) -> None:
    assert 5 < len(what) < 120
    assert where.strip(" -")


@pytest.mark.parametrize(("letter", "plan"), PLANS.items())
def test_every_line_of_a_plan_that_is_named_is_in_it(letter: str, plan: str) -> None:
    text = (ROOT / "plans" / f"{plan}.yaml").read_text(encoding="utf-8")
    named = set(re.findall(rf"\*\*{letter}\*\* `([^`]+)`", PAGE))
    assert named
    missing = [word for word in sorted(named) if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)]
    assert missing == []
