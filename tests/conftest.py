"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

from tests.log_watch import every_line_is_watched, pytest_runtest_call

__all__ = ["every_line_is_watched", "pytest_runtest_call"]

# How long an example takes is the machine's doing as much as ours: a busy one must not turn a test red.
settings.register_profile("everywhere", deadline=None)
settings.load_profile("everywhere")
