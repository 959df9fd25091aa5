"""Alertmanager beside our own path: the same events go to both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from orchestrator.core.alerting.policy import Policy
from tests.alertmanager.both import Both
from tests.alertmanager.server import HOW_TO_INSTALL, Alertmanager, Webhook, is_installed


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Callable[..., Both]]:
    if not is_installed():
        pytest.skip(HOW_TO_INSTALL)  # .ci/run installs it, so there nothing is skipped
    with ExitStack() as stack:

        def started(policy: Policy, *, wait: str = "0s") -> Both:
            webhook = Webhook()
            stack.callback(webhook.close)
            theirs = stack.enter_context(Alertmanager(tmp_path, webhook, policy, wait=wait))
            return Both(policy, theirs, webhook)

        yield started
