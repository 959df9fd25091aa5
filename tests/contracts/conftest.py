"""One suite a port, run against every adapter of it. AWS is moto, or a stand-in, and never the real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from orchestrator.adapters.aws.clients import Clients

REGION = "us-east-1"


@pytest.fixture(autouse=True)
def false_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the developer is logged in to, these tests are not."""
    for name in (
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_ENDPOINT_URL",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "false")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "false")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "false")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def shared_clients() -> Clients:
    """Making a client costs more than most tests here, so they share theirs. Without retries, so that none
    waits for botocore's backoff."""
    return Clients(REGION, attempts=1)


@pytest.fixture
def clients() -> Clients:
    """For a test that changes its clients."""
    return Clients(REGION, attempts=1)


@pytest.fixture
def aws(shared_clients: Clients) -> Iterator[Clients]:
    """moto in the place of AWS, empty."""
    with mock_aws():
        yield shared_clients


@pytest.fixture
def own_aws(clients: Clients) -> Iterator[Clients]:
    """moto in the place of AWS, for a test that changes its clients."""
    with mock_aws():
        yield clients
