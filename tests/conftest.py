"""What holds for every test."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import botocore.session
import pytest
from botocore.loaders import create_loader
from hypothesis import settings

from tests.log_watch import every_line_is_watched, pytest_runtest_call

__all__ = ["every_line_is_watched", "pytest_runtest_call"]

# How long an example takes is the machine's doing as much as ours: a busy one must not turn a test red.
settings.register_profile("everywhere", deadline=None)
settings.load_profile("everywhere")


@pytest.fixture(scope="session", autouse=True)
def service_models() -> Iterator[None]:
    """botocore reads its megabytes of JSON once, and not for every world."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.cache(create_loader))
        yield
