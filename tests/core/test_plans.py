"""The plans of this repository, and every example of docs/plan.md."""

import re
from pathlib import Path

import pytest

from orchestrator.core import exposure
from orchestrator.core.plan import Plan, decode_plan, encode_plan
from orchestrator.core.plan_text import read_plan

ROOT = Path(__file__).parents[2]
PLANS = sorted((ROOT / "plans").glob("*.yaml"))
MANUAL = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(yaml[^\n]*|text)\n(.*?)```", MANUAL, re.DOTALL)
GOOD = [text for kind, text in BLOCKS if kind == "yaml"]
DOZEN = next(text for text in GOOD if text.startswith("plan:"))


def sections(text):
    """The top-level keys of a YAML text with the lines that belong to them."""
    return dict(re.findall(r"^(\w+):(.*?)(?=^\w|\Z)", text, re.DOTALL | re.MULTILINE))


def in_context(block):
    """An example as it stands or, where it shows only what it adds, within the dozen-line plan."""
    if block.startswith("plan:") or not set(sections(block)) - {"flags", "safeguards"}:
        return block
    whole = sections(DOZEN)
    if "flags" in sections(block) and "NEW_CHECKOUT" not in sections(block)["flags"]:
        del whole["safeguards"]
    return "".join(f"{key}:{text.rstrip()}\n" for key, text in (whole | sections(block)).items())


def read_file(path):
    plan = read_plan(path.read_bytes())
    assert isinstance(plan, Plan), [f"{path.name}:{fault.line}: {fault}" for fault in plan]
    return plan


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.name)
def test_every_plan_of_the_repository_is_good_and_survives_storage(path):
    plan = read_file(path)
    assert decode_plan(encode_plan(plan)) == plan


def test_the_reference_plan_is_short_enough_to_be_read():
    assert len((ROOT / "plans" / "prisma-persistence.yaml").read_text().splitlines()) <= 150


def test_the_reference_plan_reaches_every_final_value_stage_by_stage():
    plan = read_file(ROOT / "plans" / "prisma-persistence.yaml")
    days = {stage.key: stage.soak / 86_400 for stage in plan.stages}
    assert days == {
        "dark-launch": 1,
        "admin-reads": 2,
        "orchestrator": 3,
        "portal-10": 1,
        "portal-50": 1,
        "portal-100": 1,
        "secure-settings": 1,
        "retire": 1,
    }
    start = {flag.name: flag.safe_text for flag in plan.flags}
    assert plan.effective(start, 0) == start
    final = {flag.name: flag.stored(exposure.plain(flag.final)) for flag in plan.flags}
    assert plan.effective(start, len(plan.stages) - 1) == final


def test_the_legacy_fallback_goes_second_and_comes_back_first():
    plan = read_file(ROOT / "plans" / "prisma-persistence.yaml")
    flips = plan.stages[plan.stage_index("orchestrator")].flips
    assert [(flip.flag, flip.value, flip.after) for flip in flips] == [
        ("PERSISTENCE_PRISMA_READS", "true", 0),
        ("FINANCIAL_ORCHESTRATOR", "true", 0),
        ("LEGACY_SETTLEMENT", "false", 7200),
    ]
    spike = next(safeguard for safeguard in plan.safeguards if safeguard.key == "rollbacks-above-0")
    assert spike.action.values == (("LEGACY_SETTLEMENT", "true"), ("FINANCIAL_ORCHESTRATOR", "false"))


def test_the_standing_set_binds_alarms_to_safe_values():
    plan = read_file(ROOT / "plans" / "safeguards.yaml")
    assert (plan.name, plan.stages) == ("standing", ())
    assert plan.alarms() == ["portal-outage", "vault-errors"]
    assert {flag.name: flag.safe for flag in plan.flags} == {
        "PORTAL_PRISMA": "false",
        "SETTINGS_SECURE_PROVIDER": "false",
    }


def test_an_alarm_is_bound_in_three_lines():
    assert len(GOOD[0].strip().splitlines()) == 3
    assert isinstance(read_plan(GOOD[0].encode()), Plan)


@pytest.mark.parametrize("block", GOOD, ids=lambda block: block.strip().replace("\n", " ")[:50])
def test_every_example_of_the_manual_is_good(block):
    plan = read_plan(in_context(block).encode())
    assert isinstance(plan, Plan), [f"{fault.line}: {fault}" for fault in plan]


def test_the_manual_shows_what_check_says_to_the_letter():
    wrong = next(text for kind, text in BLOCKS if kind == "yaml wrong")
    said = next(text for kind, text in BLOCKS if kind == "text")
    faults = read_plan(wrong.encode())
    assert said == "".join(f"plans/new-checkout.yaml:{fault.line}: {fault}\n" for fault in faults)


def test_the_manual_has_every_key_of_the_language():
    from orchestrator.core.plan_text.schema import forms

    table = MANUAL[MANUAL.index("## Every key") :]
    missing = [key for form in forms() for key in form.keys if not re.search(rf"\b{key}\b", table)]
    assert missing == []
