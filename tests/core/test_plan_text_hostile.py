"""Whatever the text, the answer is a plan or faults, each one line, and it is quick."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.faults import MOST_FAULTS, Fault, shown
from orchestrator.core.plan import Plan
from orchestrator.core.plan_text import PLAN, read_plan
from orchestrator.core.plan_text.schema import forms
from tests.core.plan_texts import faults_of, text_of
from tests.work import calls_of

PLANS = sorted((Path(__file__).parents[2] / "plans").glob("*.yaml"))


def judged(text):
    """What is said of any text: a plan, or faults, each one line with what is wrong and what is right."""
    result = read_plan(text)
    if isinstance(result, Plan):
        return result
    lines = max(1, len(text.splitlines()))
    assert result
    assert len(result) <= MOST_FAULTS + 1
    assert [fault.line for fault in result] == sorted(fault.line for fault in result)
    for fault in result:
        assert 1 <= fault.line <= lines
        assert fault.wrong
        assert fault.right
        assert str(fault).isprintable()
        assert len(str(fault)) < 400
    return result


BOMBS = {
    "anchors": b"plan: x\na: &a [x]\n" + b"".join(b"b%d: &b%d [*a,*a]\n" % (i, i) for i in range(10_000)),
    "deep lists": b"plan: x\nstages: " + b"[" * 4_000,
    "deep mappings": b"preset: " + b"{canary: " * 3_000,
    "many keys": b"plan: x\nflags: {" + b"a," * 100_000 + b"}",
    "a large file": b"plan: x\n" * 100_000,
    "many steps": b"plan: x\nstages: [{key: a, ramp: {percent: [" + b"1," * 9_900 + b"]}}]",
    "many subjects": b"plan: x\ncohorts: {a: {keys: [" + b"1," * 9_900 + b"]}}",
    "many gates in a ramp": b"plan: x\nflags: {A: {safe: false, final: true}}\nstages:\n"
    + b"".join(
        b"- {key: a%d, ramp: {flag: A, percent: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19], each: 1h}, gates: [%s]}\n"
        % (i, b"{approval: x}," * 20)
        for i in range(60)
    ),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_what_was_made_to_be_slow_is_refused_with_little_work(bomb):
    """At most 160,000 calls when this was written, about 20 ms; `benchmarks/plan_refusals.py` has the times."""
    found: list[object] = []
    assert calls_of(lambda: found.append(judged(bomb))) < 500_000
    assert not isinstance(found[0], Plan)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_in_plain_lines(text):
    assert not isinstance(judged(text), Plan)


LINES = [line for path in PLANS for line in path.read_text(encoding="utf-8").splitlines(keepends=True)]
WORDS = [
    "off",
    "{}",
    "[]",
    "~",
    "true",
    "[[",
    "]",
    "}",
    "- ",
    ": ",
    "percent: 5",
    "soak",
    "&a",
    "*a",
    "\t",
    "'",
    "é",
    "9" * 40,
    "7d",
    "x" * 300,
]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_a_good_plan_with_slips_of_the_hand_is_a_plan_or_faults(seed):
    chance = random.Random(seed)
    lines = chance.choice(PLANS).read_text(encoding="utf-8").splitlines(keepends=True)
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(lines))
        line = lines[at]
        where = chance.randrange(len(line) + 1)
        match chance.randrange(6):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, chance.choice(LINES))
            case 2:
                lines[at] = line[:where] + line[where + 1 :]
            case 3:
                lines[at] = line[:where] + chance.choice(WORDS) + line[where:]
            case 4:
                lines[at] = line.replace(":", chance.choice(["", ": :", " "]), 1)
            case _:
                lines[at] = line[:where] + chance.choice(WORDS) + "\n"
    judged("".join(lines).encode())


NODES = st.recursive(
    st.sampled_from(
        ["~", "true", "off", "7d", "NEW", "p95", "0.5%", '""', "rollback", "x: y", "arn:aws", "-1", "1e309"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(
            st.sampled_from(sorted({"NEW", "on", *(key for form in forms() for key in form.keys)})),
            inner,
            max_size=4,
        ).map(lambda entries: "{" + ", ".join(f"{key}: {value}" for key, value in entries.items()) + "}"),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(PLAN.keys)), NODES, min_size=1))
def test_any_shape_in_any_place_is_a_plan_or_faults(sections):
    judged(text_of(**sections).encode())
    judged("".join(f"{key}: {value}\n" for key, value in sections.items()).encode())


def test_after_a_hundred_faults_reading_stops_and_says_so():
    text = text_of(flags="".join(f"\n  F{number}: {{safe: maybe}}" for number in range(99)) + "\n  G: 1\n  H: 2")
    faults = faults_of(text)
    assert len(faults) == MOST_FAULTS + 1
    assert faults[-1] == "there are more than 100 faults; correct these, then check again"


def test_a_file_full_of_typos_is_refused_with_little_work():
    names = "".join(f"\n  FLAG_NUMBER_{number}: {{safe: false}}" for number in range(100))
    moves = ", ".join(f"FLAG_NUMBR_{number}X: true" for number in range(99))
    text = text_of(flags=names, stages=f"\n  - {{key: on, set: {{{moves}}}}}").encode()
    found: list[object] = []
    assert calls_of(lambda: found.append(read_plan(text))) < 4_000_000
    assert len(found[0]) == MOST_FAULTS + 1


def test_a_fault_shows_no_control_characters_and_no_endless_names():
    assert shown("a\nb\x1b[31m\u202e") == "a b [31m"
    assert shown("x" * 100) == "x" * 59 + "…"
    assert str(Fault(line=1, wrong="this", right="that")) == "this; that"
