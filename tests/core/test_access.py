"""Who may do what: everything that is not granted is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.access import RIGHTS, AccessPolicy, read_access

SHIPPED = (Path(__file__).parents[2] / "orchestrator" / "access.yaml").read_bytes()
ENVIRONMENTS = ("dev", "staging", "prod")

SMALL = b"""
allow:
  look: [everyone]
  rollback: [engineering, ops]
  rollout start: [engineering]
environments:
  prod:
    second_person: [rollout start]
    users: {rollout start: ["1", "2"]}
"""


@pytest.mark.parametrize(
    ("right", "user", "roles", "environment", "may"),
    [
        ("look", "9", [], "dev", True),
        ("rollback", "9", ["ops"], "dev", True),
        ("rollback", "9", ["support", "engineering"], "dev", True),
        ("rollback", "9", ["support"], "dev", False),
        ("rollback", "9", [], "dev", False),
        ("rollback", "9", ["Ops"], "dev", False),
        ("rollback", "9", ["everyone"], "dev", False),
        ("rollout abort", "9", ["engineering", "ops"], "dev", False),
        ("no such right", "9", ["engineering", "ops"], "dev", False),
        ("rollout start", "1", ["engineering"], "prod", True),
        ("rollout start", "3", ["engineering"], "prod", False),
        ("rollout start", "1", ["ops"], "prod", False),
        ("rollout start", "3", ["engineering"], "dev", True),
        ("rollback", "3", ["ops"], "prod", True),
    ],
    ids=[
        "everyone may look", "a role that is granted", "one of several roles", "a role that is not", "no role at all",
        "a role of nearly that name", "a role called everyone", "a right that nobody was granted",
        "a right that does not exist", "a role and a name where both are asked for", "a role without the name",
        "the name without a role", "no names in another environment", "names bind one right alone",
    ],
)  # fmt: skip
def test_it_is_allowed_or_not(right: str, user: str, roles: list[str], environment: str, may: bool) -> None:
    assert read_access(SMALL, environment).allows(right, user, roles) is may


def test_an_empty_policy_allows_nothing() -> None:
    policy = AccessPolicy(roles={})
    assert not any(policy.allows(right, "1", ["engineering", "ops"]) for right in RIGHTS)


def test_an_environment_that_is_not_named_has_no_second_person() -> None:
    assert read_access(SMALL, "dev").second_person == ()
    assert read_access(SMALL, "prod").second_person == ("rollout start",)


def test_whom_to_ask_is_said() -> None:
    policy = read_access(SMALL, "prod")
    assert policy.holders("rollback") == "engineering or ops"
    assert policy.holders("rollout start") == "engineering, by name"
    assert policy.holders("flag set") == "nobody"


def test_the_hash_is_the_files() -> None:
    assert read_access(SMALL, "dev").hash == read_access(SMALL, "prod").hash
    assert read_access(SMALL + b" ", "dev").hash != read_access(SMALL, "dev").hash


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "cannot be read"),
        (b"[]", "cannot be read"),
        (b"allow: {look: everyone}", "cannot be read"),
        (b"allow: {look: [1]}", "cannot be read"),
        (b"allow: {}\nallowed: {}", "cannot be read"),
        (b"allow: {fly: [ops]}", "unknown rights: fly"),
        (b"allow: {}\nenvironments: {prod: {second_person: [fly]}}", "unknown rights: fly"),
        (b"allow: {}\nenvironments: {prod: {users: {fly: ['1']}}}", "unknown rights: fly"),
        (b"allow: {look: [ops", "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"allow: &a [*a]", "cannot be read"),
        (b"allow: !!python/object/apply:os.getcwd []", "cannot be read"),
        (b"allow: 2024-99-99", "cannot be read"),
    ],
    ids=lambda value: value.decode(errors="replace")[:24] if isinstance(value, bytes) else "",
)
def test_what_is_no_policy_is_refused_in_one_line(text: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        read_access(text, "prod")
    assert "\n" not in str(refused.value)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.binary(max_size=60), st.text(alphabet="allow:{}[]&*!|>-\n \t'\"#0123.", max_size=60).map(str.encode))
)
def test_any_bytes_are_a_policy_or_refused(text: bytes) -> None:
    said = ""
    try:
        read_access(text, "prod")
    except ValueError as refused:
        said = str(refused)
    assert "\n" not in said


# -- the file that is shipped ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_right_is_granted_to_somebody_and_none_to_everyone(environment: str) -> None:
    policy = read_access(SHIPPED, environment)
    assert set(policy.roles) == set(RIGHTS)
    assert all(policy.roles.values())
    assert not any(policy.allows(right, "1", []) for right in RIGHTS)


def test_in_production_going_forward_takes_two_people_and_going_back_never_does() -> None:
    second = read_access(SHIPPED, "prod").second_person
    assert set(second) == {"rollout start", "rollout promote", "rollout resume", "flag set"}
    assert not {"rollback", "rollout abort", "rollout pause"} & set(second)


def test_whoever_may_start_may_also_go_back() -> None:
    policy = read_access(SHIPPED, "prod")
    for right in ("rollback", "rollout abort", "rollout pause"):
        assert set(policy.roles["rollout start"]) <= set(policy.roles[right])
