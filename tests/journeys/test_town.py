"""The sandbox's world leaves no trace in a process that goes on without it."""

from __future__ import annotations

import io
import os

import boto3
import botocore.httpsession
import moto.ssm.models
import pytest
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

from orchestrator import bootstrap
from orchestrator.sandbox.aws import RealAwsRefused
from orchestrator.sandbox.town import Town
from orchestrator.settings import SettingsError
from tests.journeys.conftest import PLANS
from tests.journeys.journey import Journey


def patched() -> list[object]:
    return [
        dict(os.environ),
        vars(moto.ssm.models)["utcnow"],
        botocore.httpsession.URLLib3Session.send,
        DynamoDBBackend.transact_write_items,
        vars(Table).get("__deepcopy__"),
    ]


def test_a_closed_town_puts_everything_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    before = patched()
    town = Town([PLANS / "safeguards.yaml"], "", io.StringIO())
    assert patched() != before
    assert "AWS_PROFILE" not in os.environ
    town.close()
    assert patched() == before
    with pytest.raises(SettingsError):
        bootstrap.settings()
    bootstrap.stand_in(bootstrap.FarSide())


def test_two_towns_one_after_the_other_share_nothing() -> None:
    for _ in range(2):
        town = Town([PLANS / "safeguards.yaml"], "", io.StringIO())
        try:
            assert [m for c in town.discord.channels for m in town.discord.messages(c, "1")] == []
            names = bootstrap.outside().flags.all()
            assert names["PORTAL_PRISMA"].version == 1
            boto3.client("ssm").put_parameter(
                Name=town.settings.flag_prefix + "PORTAL_PRISMA", Value="true", Type="String", Overwrite=True
            )
        finally:
            town.close()


def test_nothing_in_the_sandbox_reaches_the_real_aws(journey: Journey) -> None:
    with pytest.raises(RealAwsRefused):
        boto3.client("ssm", endpoint_url="https://ssm.example.invalid").get_parameter(Name="x")
