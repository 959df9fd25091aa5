"""The JSON Schema of plans: it takes every good plan, and an editor that follows it marks what is no key."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from orchestrator.core.plan_text.descriptions import describe
from orchestrator.core.plan_text.schema import forms, json_schema
from tests.core.plan_texts import text_of
from tests.core.test_plans import GOOD, in_context

ROOT = Path(__file__).parents[2]
PLANS = sorted((ROOT / "plans").glob("*.yaml"))
SCHEMA = json_schema()


def complaints(text):
    document = yaml.safe_load(text)
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)]


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_file_beside_the_manual_is_what_the_language_gives():
    written = (ROOT / "docs" / "plan.schema.json").read_text(encoding="utf-8")
    assert written == json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n", (
        "switchback plan schema > docs/plan.schema.json"
    )


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.name)
def test_every_plan_of_the_repository_fits(path):
    assert complaints(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("block", GOOD, ids=lambda block: block.strip().replace("\n", " ")[:50])
def test_every_example_of_the_manual_fits(block):
    assert complaints(in_context(block)) == []


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.what)
def test_every_key_is_described_in_one_line(form):
    for key in form.keys:
        assert 3 < len(describe(form, key)) < 100


@pytest.mark.parametrize(
    "sections",
    [
        {"stage": "[]"},
        {"flags": "\n  NEW: {safe: false, finale: true}"},
        {"flags": "\n  NEW: {final: true}"},
        {"stages": "\n  - {key: on, soak: 7}"},
        {"stages": "\n  - {goal: no key}"},
        {"stages": "\n  - {key: on, set: {NEW: {value: true, percnt: 10}}}"},
        {"stages": "\n  - {key: on, gates: [{signal: errors, bellow: 1%}]}"},
        {"stages": "\n  - {key: on, gates: [{prob: smoke}]}"},
        {"stages": "\n  - {key: on, ramp: {flag: NEW, each: 1h, percent: 10}}"},
        {"safeguards": "\n  - {when: {alarm: a}, do: rolback}"},
        {"safeguards": "\n  - {when: {alarm: a}}"},
        {"ladder": "\n  - {rung: a, recovered: {below: 1%}}"},
        {"freeze": "\n  - {every: Fri 16:00 - Mon 08:00}"},
        {"watch": "{gates: []}"},
        {"watch": "seven days"},
        {"owner": None},
        {"stages": None},
        {"preset": "{canari: {}}"},
    ],
    ids=str,
)
def test_what_is_no_key_or_lacks_one_is_marked(sections):
    assert complaints(text_of()) == []
    assert complaints(text_of(**sections)) != []


def test_a_file_without_a_plan_takes_what_standing_safeguards_take():
    assert complaints("safeguards: {outage: {NEW: false}}\nflags: {NEW: {safe: false}}") == []
    assert complaints("safeguards: {outage: {NEW: false}}\nwatch: 7d") != []
    assert complaints("safeguards: [{when: {alarm: a}, do: hold}]") != []
