"""samconfig.toml: three environments, each with every parameter that has no default, none filled in."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ENVIRONMENTS = ("dev", "staging", "prod")


@pytest.fixture(scope="module")
def samconfig(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "samconfig.toml").read_text(encoding="utf-8"))


def overrides(samconfig: dict[str, Any], environment: str) -> dict[str, str]:
    pairs = (pair.split("=", 1) for pair in samconfig[environment]["deploy"]["parameters"]["parameter_overrides"])
    return {name: value.removeprefix('"').removesuffix('"').replace('\\"', '"') for name, value in pairs}


def test_there_is_one_stack_an_environment(samconfig: dict[str, Any]) -> None:
    assert set(samconfig) == {"version", "default", *ENVIRONMENTS}
    for environment in ENVIRONMENTS:
        assert samconfig[environment]["deploy"]["parameters"]["stack_name"] == f"switchback-{environment}"
        assert overrides(samconfig, environment)["Environment"] == environment


def test_production_is_looked_at_before_it_changes(samconfig: dict[str, Any]) -> None:
    asked = {e: samconfig[e]["deploy"]["parameters"]["confirm_changeset"] for e in ENVIRONMENTS}
    assert asked == {"dev": False, "staging": False, "prod": True}


def test_builds_are_cached_and_validation_lints(samconfig: dict[str, Any]) -> None:
    for section in ("default", *ENVIRONMENTS):
        assert samconfig[section]["build"]["parameters"] == {"cached": True, "parallel": True}
        assert samconfig[section]["validate"]["parameters"] == {"lint": True}


def test_each_environment_gives_what_has_no_default_and_nothing_unknown(
    samconfig: dict[str, Any], template: dict[str, Any]
) -> None:
    needed = {name for name, parameter in template["Parameters"].items() if "Default" not in parameter}
    for environment in ENVIRONMENTS:
        given = set(overrides(samconfig, environment))
        assert needed <= given <= set(template["Parameters"]), environment


def test_a_placeholder_that_was_left_in_is_refused_or_seen(samconfig: dict[str, Any], template: dict[str, Any]) -> None:
    for environment in ENVIRONMENTS:
        given = overrides(samconfig, environment)
        for name in given:
            if name.startswith("Discord") and name != "DiscordRoles":
                assert given[name].startswith("<"), f"{environment}: {name} is somebody's own"
                assert not re.fullmatch(template["Parameters"][name]["AllowedPattern"].strip("^$"), given[name])


def test_a_filled_in_value_is_allowed(template: dict[str, Any]) -> None:
    for name, value in {
        "DiscordPublicKey": "ab" * 32,
        "DiscordGuildId": "1100000000000000001",
        "DiscordRoles": '{"engineering": "1100000000000000002"}',
        "AlertEmail": "ops@example.com",
    }.items():
        assert re.search(template["Parameters"][name]["AllowedPattern"], value), name


def test_each_environment_has_a_token_of_its_own_outside_the_flags(
    samconfig: dict[str, Any], template: dict[str, Any]
) -> None:
    allowed = re.compile(template["Parameters"]["BotTokenParameter"]["AllowedPattern"])
    names = [overrides(samconfig, environment)["BotTokenParameter"] for environment in ENVIRONMENTS]
    assert len(set(names)) == 3
    assert all(allowed.match(name) for name in names)


def test_debugging_is_off_in_production(samconfig: dict[str, Any], template: dict[str, Any]) -> None:
    default = template["Parameters"]["EnableDebugCmd"]["Default"]
    assert overrides(samconfig, "dev").get("EnableDebugCmd", default) == "true"
    assert overrides(samconfig, "prod").get("EnableDebugCmd", default) == "false"
