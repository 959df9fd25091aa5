"""Armed safeguards: SSM and memory behave alike."""

from __future__ import annotations

import hashlib

import pytest

from orchestrator.adapters.aws.armed import SsmArmed
from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.memory.armed import MemoryArmed
from orchestrator.ports import Armed, Binding, Refused

PREFIX = "/shop/dev/safeguards/"

ALARMS = [
    "portal-outage",
    "my alarm: 5xx / prod",
    "Überlast 🚨",
    "../../prod/flags/PORTAL",
    "a" * 255,
    "x-0123456789abcdef01234567",
]


@pytest.fixture(params=["memory", "aws"])
def armed(request: pytest.FixtureRequest) -> Armed:
    return MemoryArmed() if request.param == "memory" else SsmArmed(request.getfixturevalue("aws"), PREFIX)


def a_binding(owner: str = "standing", *values: tuple[str, str]) -> Binding:
    return Binding(owner=owner, values=values or (("PORTAL", "false"), ("MODE", "warn")))


@pytest.mark.parametrize("alarm", ALARMS)
def test_what_was_armed_is_found_by_the_alarms_name(armed: Armed, alarm: str) -> None:
    armed.arm(alarm, a_binding())
    assert armed.bindings(alarm) == [a_binding()]


@pytest.mark.parametrize("alarm", ALARMS)
def test_what_was_disarmed_is_gone(armed: Armed, alarm: str) -> None:
    armed.arm(alarm, a_binding())
    armed.disarm(alarm, "standing")
    assert armed.bindings(alarm) == []


def test_an_alarm_that_was_never_armed_means_nothing(armed: Armed) -> None:
    armed.arm("portal-outage", a_binding())
    assert armed.bindings("portal-outage-2") == []
    assert armed.bindings("portal") == []


def test_disarming_what_is_not_armed_is_fine(armed: Armed) -> None:
    armed.disarm("portal-outage", "standing")
    armed.disarm("my alarm: 5xx / prod", "prisma-persistence-1")


def test_arming_again_replaces_what_this_owner_had(armed: Armed) -> None:
    armed.arm("portal-outage", a_binding("standing", ("PORTAL", "false")))
    armed.arm("portal-outage", a_binding("standing", ("MODE", "off")))
    assert armed.bindings("portal-outage") == [a_binding("standing", ("MODE", "off"))]


def test_each_owner_has_its_own_binding_and_disarms_only_that(armed: Armed) -> None:
    owners = [f"plan-{number:02}" for number in range(12)]
    for owner in owners:
        armed.arm("portal-outage", a_binding(owner, ("PORTAL", owner)))
    assert armed.bindings("portal-outage") == [a_binding(owner, ("PORTAL", owner)) for owner in owners]
    armed.disarm("portal-outage", "plan-03")
    assert [b.owner for b in armed.bindings("portal-outage")] == [o for o in owners if o != "plan-03"]


def test_an_alarm_named_like_anothers_digest_does_not_take_its_place(armed: Armed) -> None:
    odd = "my alarm: 5xx / prod"
    digest = "x-" + hashlib.sha256(odd.encode()).hexdigest()[:24]
    armed.arm(odd, a_binding("standing", ("PORTAL", "false")))
    armed.arm(digest, a_binding("standing", ("MODE", "warn")))
    assert armed.bindings(odd) == [a_binding("standing", ("PORTAL", "false"))]


def test_the_order_of_the_values_is_kept(armed: Armed) -> None:
    values = (("Z", "1"), ("A", "2"), ("M", "3"))
    armed.arm("portal-outage", a_binding("standing", *values))
    assert armed.bindings("portal-outage")[0].values == values


def test_more_flags_than_a_parameter_holds_are_refused(armed: Armed) -> None:
    values = [(f"A_FLAG_WITH_QUITE_A_LONG_NAME_{number}", "false") for number in range(200)]
    with pytest.raises(Refused):
        armed.arm("portal-outage", a_binding("standing", *values))
    assert armed.bindings("portal-outage") == []


# SSM alone


def test_a_plain_name_stays_readable_in_the_path(aws: Clients) -> None:
    SsmArmed(aws, PREFIX).arm("portal-outage", a_binding("prisma-persistence-1"))
    found = aws.ssm.get_parameters_by_path(Path="/shop/dev/safeguards", Recursive=True)["Parameters"]
    assert [p["Name"] for p in found] == ["/shop/dev/safeguards/portal-outage/prisma-persistence-1"]


@pytest.mark.parametrize("alarm", ALARMS)
def test_no_alarms_name_leads_out_of_the_prefix(aws: Clients, alarm: str) -> None:
    SsmArmed(aws, PREFIX).arm(alarm, a_binding(alarm))
    found = aws.ssm.get_parameters_by_path(Path="/shop/dev/safeguards", Recursive=True)["Parameters"]
    assert len(found) == 1
    assert found[0]["Name"].count("/") == PREFIX.count("/") + 1


def test_a_binding_of_another_alarm_under_the_same_path_does_not_act(aws: Clients) -> None:
    """Whoever copies a parameter, or two digests that meet: the name inside decides."""
    armed = SsmArmed(aws, PREFIX)
    armed.arm("portal-outage", a_binding())
    text = aws.ssm.get_parameter(Name=f"{PREFIX}portal-outage/standing")["Parameter"]["Value"]
    aws.ssm.put_parameter(Name=f"{PREFIX}other/standing", Value=text, Type="String")
    assert armed.bindings("other") == []


def test_one_unreadable_binding_does_not_keep_the_others_from_acting(aws: Clients) -> None:
    armed = SsmArmed(aws, PREFIX)
    aws.ssm.put_parameter(Name=f"{PREFIX}portal-outage/broken", Value="not JSON", Type="String")
    with pytest.raises(Refused):
        armed.bindings("portal-outage")
    armed.arm("portal-outage", a_binding())
    assert armed.bindings("portal-outage") == [a_binding()]
