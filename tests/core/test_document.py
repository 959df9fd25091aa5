import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core import document
from orchestrator.core.document import Items, Mapping, Scalar, read_document
from orchestrator.core.faults import Faults, TooManyFaults

KIB_256 = 256 * 1024


def read(text):
    faults = Faults()
    try:
        root = read_document(text.encode() if isinstance(text, str) else text, faults)
    except TooManyFaults:
        root = None
    return root, [(fault.line, str(fault)) for fault in faults.in_line_order()]


def fault_of(text):
    root, faults = read(text)
    assert root is None
    assert len(faults) == 1
    return faults[0]


def test_a_document_knows_the_line_of_every_value_and_key():
    root, faults = read("a: 1\nb:\n  - x\n  - {c: y}\n")
    assert faults == []
    (a, one), (b, items) = root.entries
    assert (a.line, one) == (1, Scalar(text="1", line=1))
    assert b.line == 2
    assert isinstance(items, Items)
    assert items.line == 3
    assert items.items[0].line == 3
    assert isinstance(items.items[1], Mapping)
    assert items.items[1].entries[0][1].line == 4


@pytest.mark.parametrize("word", ["off", "on", "yes", "no", "1.0", "0x10", "2025-09-26", "1_000", "12:30:00"])
def test_scalars_stay_as_written(word):
    root, _ = read(f"a: {word}")
    assert root.entries[0][1] == Scalar(text=word, line=1)


@pytest.mark.parametrize("nothing", ["a:", "a: ~", "a: null"])
def test_a_key_without_a_value_is_empty(nothing):
    assert read(nothing)[0].entries[0][1].is_empty


def test_a_quoted_null_is_a_text():
    assert not read('a: "null"')[0].entries[0][1].is_empty


def test_every_key_given_twice_is_named_and_the_first_is_kept():
    root, faults = read("a: 1\nb: {c: 1, c: 2}\na: 2\n")
    assert [key.text for key, _ in root.entries] == ["a", "b"]
    assert root.entries[0][1].text == "1"
    assert [line for line, _ in faults] == [2, 3]
    assert faults[1][1] == "a is given twice, first in line 1; keep one of them"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "the file is empty; begin with"),
        ("# nothing\n", 1, "the file is empty"),
        ("---\n", 1, "the file is empty"),
        ("hello", 1, "the file is a single text"),
        ("- a\n- b\n", 1, "the file is a list"),
        ("a: 1\n---\nb: 1\n", 2, "a second document begins; one file holds one plan"),
        ("a: &x 1\nb: *x\n", 1, "anchors and aliases (&x) are not read"),
        ("a: 1\nb: *x\n", 2, "anchors and aliases (*x) are not read"),
        ("a: 1\nb: !!python/object/apply:os.system [x]\n", 2, "tags ("),
        ("a: 1\n{b: c}: 2\n", 2, "stands where a key belongs"),
        ("? [a]\n: 1\n", 1, "stands where a key belongs"),
        ("a: 1\nb:\n\t- c\n", 3, "a tab indents this line; indent with spaces"),
        ("a: 1\ngoal: one: two\n", 2, "put quotes around a text that has a colon"),
        ("a: {b: c\nd: e\n", 2, "close the bracket"),
        ('a: "b\nc: d\n', 2, "(begun in line 1)"),
        ("a: 1\nb\nc: 2\n", 3, "write key: value"),
        ("a: @x\n", 1, "put quotes around a text that begins with"),
        ("a: \0\n", 1, "the character U+0000 cannot be seen"),
        ("a: 1\nb: safe\u202e\n", 2, "the character U+202E cannot be seen"),
        (b"a: 1\nb: \xff\n", 2, "this is not UTF-8; save the file as UTF-8"),
        ("a: 1".encode("utf-16"), 1, "this is not UTF-8"),
        ("a: [" * 21, 1, "nested more than 20 deep"),
        (b"a" * (KIB_256 + 1), 1, "the file has 257 KiB; a plan has at most 256 KiB"),
    ],
)
def test_what_is_not_read_is_one_clear_line(text, line, words):
    where, fault = fault_of(text)
    assert where == line
    assert words in fault


def test_every_line_indented_by_a_tab_is_named():
    assert [line for line, _ in read("a:\n\tb: 1\n\tc: 2\n")[1]] == [2, 3]


def test_a_mark_at_the_beginning_and_windows_line_ends_are_read():
    root, faults = read("\ufeffa: 1\r\nb: 2\r\n".encode())
    assert faults == []
    assert [(key.text, key.line) for key, _ in root.entries] == [("a", 1), ("b", 2)]


def test_without_the_c_parser_a_plan_reads_the_same(monkeypatch):
    text = "a: off\nb:\n  - {c: 'x', d: }\n  - |\n    prose\n"
    fast = read(text)
    monkeypatch.setattr(document, "_LOADER", yaml.SafeLoader)
    assert read(text) == fast
    assert fault_of("a: {b: c\nd: e\n")[0] == 2


BOMBS = {
    "deep lists": b"[" * KIB_256,
    "deep mappings": b"{a: " * 60_000,
    "deep dashes": b"- " * 130_000,
    "deep keys": b"? " * 130_000,
    "many values": b"a: [" + b"1," * 130_000 + b"]",
    "many empty keys": b"{" + b"a," * 130_000 + b"}",
    "many duplicates": b"a: 1\n" * 52_000,
    "many tabs": b"\t\n" * 130_000,
    "a long anchor": b"&" + b"a" * 260_000,
    "an open quote": b'a: "' + b"x" * 260_000,
    "billion laughs": b"a: &a [x]\n" + b"".join(b"b%d: &b%d [*a,*a]\n" % (i, i) for i in range(10_000)),
    "comments": b"#\n" * 130_000,
    "a large file": b"a: 1\n" * 1_000_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_with_a_bounded_number_of_faults(bomb):
    """How long that takes is measured by benchmarks/plan_refusals.py."""
    root, faults = read(bomb)
    assert root is None
    assert 1 <= len(faults) <= 101


@given(st.binary(max_size=200) | st.text(alphabet="ab:-{}[]\"'|>&*!%@#?,\n\t \x85\u2028", max_size=80).map(str.encode))
def test_any_bytes_are_a_document_or_faults_within_the_file(text):
    root, faults = read(text)
    assert root is not None or faults
    for line, fault in faults:
        assert 1 <= line <= text.count(b"\n") + text.count(b"\r") + 1
        assert "\n" not in fault
        assert "; " in fault
