"""Flags: SSM and memory behave alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.aws.ssm_flags import SsmFlags
from orchestrator.adapters.memory.flags import MemoryFlags
from orchestrator.adapters.parameters import decode_mark, encode_mark
from orchestrator.core.facts import LiveFlag, Mark
from orchestrator.ports import Flags, Refused, Unavailable

PREFIX = "/shop/dev/flags/"
NOW = 1_764_000_000


class World(Protocol):
    """A port, and what other people do behind its back."""

    flags: Flags

    def by_hand(self, name: str, value: str, description: str | None = None) -> int: ...

    def delete(self, name: str) -> None: ...


class AwsWorld:
    def __init__(self, clients: Clients) -> None:
        self.flags: Flags = SsmFlags(clients, PREFIX)
        self._ssm = clients.ssm

    def by_hand(self, name: str, value: str, description: str | None = None) -> int:
        more: Any = {} if description is None else {"Description": description}
        return self._ssm.put_parameter(Name=PREFIX + name, Value=value, Type="String", Overwrite=True, **more)[
            "Version"
        ]

    def delete(self, name: str) -> None:
        self._ssm.delete_parameter(Name=PREFIX + name)


class MemoryWorld:
    def __init__(self) -> None:
        memory = MemoryFlags()
        self.flags: Flags = memory
        self._memory = memory

    def by_hand(self, name: str, value: str, description: str | None = None) -> int:
        return self._memory.by_hand(name, value, NOW, description=description)

    def delete(self, name: str) -> None:
        self._memory.delete(name)


@pytest.fixture(params=["memory", "aws"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        return MemoryWorld()
    return AwsWorld(request.getfixturevalue("aws"))


def a_mark(value: str = "true", **changes: Any) -> Mark:
    fields: dict[str, Any] = {"fence": 17, "owner": "prisma-persistence-1", "by": "anna", "at": NOW}
    return Mark(value=value, **{**fields, **changes})


def test_a_write_is_read_back_by_plain_name(world: World) -> None:
    world.flags.write("PORTAL", "true", a_mark())
    assert world.flags.read(["PORTAL"]) == {"PORTAL": LiveFlag(name="PORTAL", value="true", version=1)}


def test_the_version_grows_by_one_with_each_write_whoever_writes(world: World) -> None:
    versions = [
        world.flags.write("PORTAL", "true", a_mark()),
        world.by_hand("PORTAL", "false"),
        world.flags.write("PORTAL", "false", a_mark("false")),
    ]
    assert versions == [1, 2, 3]
    assert world.flags.read(["PORTAL"])["PORTAL"].version == 3


def test_a_deleted_parameter_is_absent_and_a_write_creates_it_again(world: World) -> None:
    world.flags.write("PORTAL", "true", a_mark())
    world.delete("PORTAL")
    assert world.flags.read(["PORTAL"]) == {}
    assert world.flags.mark("PORTAL") is None
    assert world.flags.history("PORTAL") == []
    assert world.flags.write("PORTAL", "false", a_mark("false")) == 1


def test_twenty_five_names_are_read_at_once_and_absent_ones_are_left_out(world: World) -> None:
    names = [f"FLAG_{number:02}" for number in range(25)]
    for name in names:
        world.by_hand(name, name.lower())
    found = world.flags.read([*names, "ABSENT", names[0]])
    assert {name: flag.value for name, flag in found.items()} == {name: name.lower() for name in names}
    assert world.flags.read([]) == {}


def test_all_lists_every_flag_under_the_prefix(world: World) -> None:
    names = [f"FLAG_{number:02}" for number in range(25)]
    for name in names:
        world.by_hand(name, "on")
    assert sorted(world.flags.all()) == names


def test_all_leaves_out_what_is_deeper_or_elsewhere(aws: Clients) -> None:
    world = AwsWorld(aws)
    world.by_hand("MINE", "on")
    for path in ("/shop/dev/flags/deeper/THEIRS", "/shop/prod/flags/THEIRS", "/shop/dev/flagsy/THEIRS"):
        aws.ssm.put_parameter(Name=path, Value="on", Type="String")
    assert list(world.flags.all()) == ["MINE"]


def test_our_own_write_is_known_by_its_mark(world: World) -> None:
    mark = a_mark("warn", why="5xx above 1%: see #ops", safeguard="portal-outage")
    world.flags.write("MODE", "warn", mark)
    assert world.flags.mark("MODE") == mark


@pytest.mark.parametrize("description", [None, "", "switched off, see ticket 12"], ids=["kept", "empty", "new"])
def test_a_change_by_hand_has_no_mark(world: World, description: str | None) -> None:
    world.flags.write("PORTAL", "true", a_mark())
    world.by_hand("PORTAL", "false", description)
    assert world.flags.mark("PORTAL") is None


def test_a_parameter_that_was_never_ours_has_no_mark(world: World) -> None:
    world.by_hand("PORTAL", "true", "switchback is going to like this: no")
    assert world.flags.mark("PORTAL") is None
    assert world.flags.mark("ABSENT") is None


def test_writing_our_value_again_by_hand_leaves_our_mark(world: World) -> None:
    """Nothing has changed for anybody who reads it."""
    world.flags.write("PORTAL", "true", a_mark())
    world.by_hand("PORTAL", "true")
    assert world.flags.mark("PORTAL") == a_mark()


def test_a_write_of_ours_after_a_change_by_hand_is_ours_again(world: World) -> None:
    world.flags.write("PORTAL", "true", a_mark())
    world.by_hand("PORTAL", "false", "mine now")
    world.flags.write("PORTAL", "true", a_mark(fence=18))
    assert world.flags.mark("PORTAL") == a_mark(fence=18)


ODD = {
    "unicode": "Überweisung schlägt fehl — 決済エラー 🚨",
    "newlines": "first\nsecond\r\n\tthird",
    "quotes": "she said \"off\", he said 'on'; {{ssm:x}} `$(id)` \\ %41",
    "looks like a mark": "switchback/1 fence=99 value=false owner=x at=1 by=eve: fence=3",
    "a lone surrogate": "broken \ud800 text",
}


@pytest.mark.parametrize("why", ODD.values(), ids=ODD.keys())
def test_a_reason_comes_back_as_it_was_typed(world: World, why: str) -> None:
    world.flags.write("PORTAL", "true", a_mark(why=why, by=why))
    found = world.flags.mark("PORTAL")
    assert found is not None
    assert (found.fence, found.owner) == (17, "prisma-persistence-1")
    assert (found.why, found.by) == ((why, why) if why.isprintable() or "\n" in why else ("broken ? text",) * 2)


@pytest.mark.parametrize("letter", ["a", "ü", "🚨"])
def test_a_reason_of_2000_characters_is_cut_and_the_write_succeeds(world: World, letter: str) -> None:
    world.flags.write("PORTAL", "true", a_mark(why=letter * 2_000, by=letter * 2_000))
    found = world.flags.mark("PORTAL")
    assert found is not None
    assert 30 < len(found.why) < 1_024
    assert set(found.why) == set(found.by) == {letter}


def test_a_value_too_long_for_a_description_is_marked_all_the_same(world: World) -> None:
    definition = json.dumps({"state": "ENABLED", "variants": {"on": True, "off": False}, "pad": "é" * 500})
    mark = a_mark(definition, why="to 10%")
    world.flags.write("PORTAL", definition, mark)
    assert world.flags.mark("PORTAL") == mark
    world.by_hand("PORTAL", definition.replace("ENABLED", "DISABLED"))
    assert world.flags.mark("PORTAL") is None


def test_the_history_is_newest_first_and_says_which_writes_were_ours(world: World) -> None:
    world.flags.write("PORTAL", "true", a_mark(why="stage 1"))
    world.by_hand("PORTAL", "false")
    world.flags.write("PORTAL", "true", a_mark(fence=18))
    entries = world.flags.history("PORTAL")
    assert [(e.version, e.value, e.mark is not None) for e in entries] == [
        (3, "true", True),
        (2, "false", False),
        (1, "true", True),
    ]
    assert entries[2].mark == a_mark(why="stage 1")
    assert all(entry.at > 1_600_000_000 for entry in entries)
    assert {entry.user for entry in entries} in (
        {"switchback", "somebody"},
        {""},  # moto knows nobody: it says N/A, which is no name
    )


@pytest.mark.parametrize("limit", [0, 1, 20, 60, 500])
def test_a_history_of_sixty_versions_is_cut_to_the_newest(world: World, limit: int) -> None:
    for number in range(1, 61):
        world.by_hand("PORTAL", str(number))
    entries = world.flags.history("PORTAL", limit)
    assert [int(entry.value) for entry in entries] == list(range(60, 60 - min(limit, 60), -1))


def test_only_the_newest_hundred_versions_are_kept(world: World) -> None:
    for number in range(1, 104):
        world.by_hand("PORTAL", str(number))
    assert [entry.version for entry in world.flags.history("PORTAL", 500)] == list(range(103, 3, -1))


@pytest.mark.parametrize("name", ["", "../prod/flags/X", "a/b", "/shop/prod/flags/X", "a b", "x" * 129, "X\n", "ü"])
def test_a_name_that_is_not_one_plain_segment_is_refused(world: World, name: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: world.flags.read(["FINE", name]),
        lambda: world.flags.write(name, "true", a_mark()),
        lambda: world.flags.mark(name),
        lambda: world.flags.history(name),
    ]
    for call in calls:
        with pytest.raises(Refused):
            call()
    assert world.flags.all() == {}


@pytest.mark.parametrize(
    "value", ["", "x" * 4_097, "ü" * 2_049, "\ud800"], ids=["empty", "long", "long in bytes", "not text"]
)
def test_a_value_that_no_parameter_can_hold_is_refused(world: World, value: str) -> None:
    with pytest.raises(Refused):
        world.flags.write("PORTAL", value, a_mark(value))
    assert world.flags.read(["PORTAL"]) == {}


# SSM alone


def test_a_description_that_lags_behind_is_not_believed(own_aws: Clients) -> None:
    """DescribeParameters is eventually consistent: here it still shows our write, after somebody else's."""
    world = AwsWorld(own_aws)
    world.flags.write("PORTAL", "true", a_mark())
    stale = _described(own_aws, "PORTAL")
    for number in range(60):
        world.by_hand("PORTAL", f"v{number}", "by hand")
    world.by_hand("PORTAL", "true", "by hand")
    _answer_with(own_aws, "DescribeParameters", stale)
    assert world.flags.mark("PORTAL") is None


def test_a_description_that_lags_behind_does_not_hide_our_write(own_aws: Clients) -> None:
    world = AwsWorld(own_aws)
    world.by_hand("PORTAL", "true", "by hand")
    stale = _described(own_aws, "PORTAL")
    world.flags.write("PORTAL", "true", a_mark())
    _answer_with(own_aws, "DescribeParameters", stale)
    assert world.flags.mark("PORTAL") == a_mark()


def test_a_parameter_that_is_not_described_yet_is_looked_up_in_its_history(own_aws: Clients) -> None:
    world = AwsWorld(own_aws)
    world.flags.write("PORTAL", "true", a_mark())
    _answer_with(own_aws, "DescribeParameters", b'{"Parameters": []}')
    assert world.flags.mark("PORTAL") == a_mark()


def test_when_the_history_lags_behind_too_nothing_is_assumed(own_aws: Clients) -> None:
    world = AwsWorld(own_aws)
    world.flags.write("PORTAL", "true", a_mark())
    described, history = _described(own_aws, "PORTAL"), _history(own_aws, "PORTAL")
    world.by_hand("PORTAL", "false", "by hand")
    _answer_with(own_aws, "DescribeParameters", described)
    _answer_with(own_aws, "GetParameterHistory", history)
    with pytest.raises(Unavailable):
        world.flags.mark("PORTAL")


def test_ten_names_cost_one_call(own_aws: Clients) -> None:
    calls: list[str] = []
    own_aws.ssm.meta.events.register("before-call.ssm", lambda model, **_: calls.append(model.name))
    SsmFlags(own_aws, PREFIX).read([f"F{number}" for number in range(25)])
    assert calls == ["GetParameters"] * 3


@pytest.mark.parametrize(
    ("arn", "shown"),
    [
        ("arn:aws:sts::123456789012:assumed-role/TickRole/dev-tick", "dev-tick"),
        ("arn:aws:iam::123456789012:user/anna", "anna"),
        ("arn:aws:iam::123456789012:root", "root"),
    ],
)
def test_the_last_writer_is_shown_by_the_end_of_the_arn(own_aws: Clients, arn: str, shown: str) -> None:
    world = AwsWorld(own_aws)
    world.by_hand("PORTAL", "true")
    entry = {"Version": 1, "Value": "true", "LastModifiedUser": arn, "LastModifiedDate": NOW}
    _answer_with(own_aws, "GetParameterHistory", json.dumps({"Parameters": [entry]}).encode())
    (version,) = world.flags.history("PORTAL")
    assert (version.user, version.at) == (shown, NOW)


# The mark's text


@pytest.mark.parametrize(
    "description",
    [
        "",
        "switchback",
        "switchback/1",
        "switchback/1 fence=x value=true owner=o at=1 by=b",
        "switchback/1 fence=17 value=true owner=o at= by=b",
        "switchback/1 fence=17 value=true at=1 by=b",
        "switchback/1 fence=17 owner=o at=1 by=b",
        f"switchback/1 fence={'9' * 5_000} value=true owner=o at=1 by=b",
        "switchback/1 fence=\u0661 value=true owner=o at=1 by=b",
        "Switchback/1 fence=17 value=true owner=o at=1 by=b",
        "switchback/1 fence=17 value=TRUE owner=o at=1 by=b",
        ": switchback/1 fence=17 value=true owner=o at=1 by=b",
    ],
)
def test_a_description_that_is_no_mark_of_this_value_is_none(description: str) -> None:
    assert decode_mark(description, "true") is None


def test_a_later_version_with_more_fields_is_understood() -> None:
    text = "switchback/2 fence=17 colour=red value=true owner=o at=1 by=b%zz more: why not"
    assert decode_mark(text, "true") == Mark(fence=17, value="true", owner="o", at=1, by="b%zz", why="why not")


def test_a_mark_is_plain_ascii_within_the_limit_whatever_goes_in() -> None:
    for text in [*ODD.values(), "a" * 5_000, "🚨" * 5_000]:
        value = text.replace("\ud800", "")
        encoded = encode_mark(a_mark(value, why=text, by=text, owner=text, safeguard=text, fence=10**17))
        assert len(encoded) <= 1_024
        assert encoded.isascii()
        assert encoded.isprintable()
        assert decode_mark(encoded, value) is not None


# Faults


def test_a_fault_in_memory_strikes_once_and_changes_nothing() -> None:
    flags = MemoryFlags()
    flags.fail_next = [Unavailable("later"), None, Refused("no")]
    with pytest.raises(Unavailable):
        flags.write("PORTAL", "true", a_mark())
    assert flags.read(["PORTAL"]) == {}
    with pytest.raises(Refused):
        flags.all()
    assert flags.write("PORTAL", "true", a_mark()) == 1


def _described(clients: Clients, name: str) -> bytes:
    return _raw(
        clients,
        "DescribeParameters",
        lambda: clients.ssm.describe_parameters(
            ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [PREFIX + name]}]
        ),
    )


def _history(clients: Clients, name: str) -> bytes:
    return _raw(clients, "GetParameterHistory", lambda: clients.ssm.get_parameter_history(Name=PREFIX + name))


def _raw(clients: Clients, operation: str, call: Callable[[], object]) -> bytes:
    """The body of the answer to `call`, to be given again later."""
    bodies: list[bytes] = []
    hook = f"before-parse.ssm.{operation}"

    def keep(response_dict: dict[str, Any], **_: Any) -> None:
        bodies.append(response_dict["body"])

    clients.ssm.meta.events.register(hook, keep)
    call()
    clients.ssm.meta.events.unregister(hook, keep)
    return bodies[0]


class _Body:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> list[bytes]:
        return [self._body]


def _answer_with(clients: Clients, operation: str, body: bytes) -> None:
    """From now on the network answers `operation` with this body."""

    def answer(request: Any, **_: Any) -> Any:
        raw: Any = _Body(body)
        return AWSResponse(request.url, 200, HTTPHeaders(), raw)

    clients.ssm.meta.events.register_first(f"before-send.ssm.{operation}", answer)
