"""What was completed where: SSM and memory behave alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.aws.completions import SsmCompletions
from orchestrator.adapters.memory.completions import MemoryCompletions
from orchestrator.ports import Completions

NOW = 1_764_000_000
In = Callable[[str], Completions]


@pytest.fixture(name="completions_in", params=["memory", "aws"])
def completions_in_fixture(request: pytest.FixtureRequest) -> In:
    if request.param == "memory":
        kept: dict[tuple[str, str], str] = {}
        return lambda environment: MemoryCompletions(environment, kept)
    clients: Clients = request.getfixturevalue("aws")
    return lambda environment: SsmCompletions(clients, "shop", environment)


def test_the_next_environment_sees_what_was_completed_in_the_one_before(completions_in: In) -> None:
    completions_in("staging").publish("portal", "ab" * 32, "portal-3", NOW)
    assert completions_in("prod").of("portal", ["dev", "staging"]) == {"staging": "ab" * 32}


def test_the_latest_completion_counts(completions_in: In) -> None:
    for digest in ("aa", "bb"):
        completions_in("dev").publish("portal", digest, "portal-1", NOW)
    assert completions_in("dev").of("portal", ["dev"]) == {"dev": "bb"}


def test_another_plan_says_nothing(completions_in: In) -> None:
    completions_in("dev").publish("portal-2", "aa", "portal-2-1", NOW)
    assert completions_in("dev").of("portal", ["dev"]) == {}


def test_a_parameter_that_somebody_else_wrote_counts_for_nothing(aws: Clients) -> None:
    aws.ssm.put_parameter(Name="/shop/staging/completed/portal", Value="done!", Type="String")
    assert SsmCompletions(aws, "shop", "prod").of("portal", ["staging"]) == {}
