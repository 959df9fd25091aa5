"""Every line that any test makes the bot log is one JSON object, and holds none of the secrets planted around that test.

A pytest plugin, loaded for all tests by `tests/conftest.py`. It stands where the logger's handler asks for the line that
it then writes, so that it sees exactly what is written, to whatever stream. A test that chooses the text form is let off
the JSON, never the secrets.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from msgspec import Struct

from orchestrator.telemetry import logs

SHORTEST = 8
"""Shorter texts are words like any other, and stand in many lines."""

_TELLING = re.compile(r"(TOKEN|PASSWORD|SECRET|SESSION_KEY)$")


class Line(Struct, frozen=True):
    text: str
    as_json: bool


class Watched(logging.Formatter):
    """The bot's own formatter; what it gives is kept."""

    def __init__(self, own: Any) -> None:
        super().__init__()
        self.own, self.lines = own, list[Line]()

    def format(self, record: logging.LogRecord) -> str:
        text: str = self.own.format(record)
        self.lines.append(Line(text, self.own.as_json))
        return text


@pytest.fixture(autouse=True)
def every_line_is_watched() -> Iterator[None]:
    own = logs._handler.formatter
    logs._handler.setFormatter(Watched(own))
    yield
    logs._handler.setFormatter(own)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """After the test itself, while everything it has planted is still there."""
    yield
    watched = logs._handler.formatter
    if isinstance(watched, Watched):
        found = faults(watched.lines, planted(item))
        assert not found, "\n".join(found[:5])


def faults(lines: Iterable[Line], secrets: Iterable[str]) -> list[str]:
    secrets = [secret for secret in dict.fromkeys(secrets) if len(secret) >= SHORTEST]
    found = []
    for line in lines:
        found += [
            f"a log line holds the secret {secret[:3]}…: {line.text[:500]}" for secret in secrets if secret in line.text
        ]
        if "\n" in line.text or (line.as_json and not _is_object(line.text)):
            found.append(f"a log line is not one JSON object: {line.text[:500]!r}")
    return found


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text, parse_constant=_refuse), dict)
    except (ValueError, RecursionError):
        return False


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def planted(item: pytest.Item) -> Iterator[str]:
    """Constants of the test's module and variables of its environment that are named like secrets, SecureStrings in its
    SSM, and the tokens that its stand-in for Discord has issued."""
    named = [vars(getattr(item, "module", None) or object).items(), os.environ.items()]
    yield from (value for pairs in named for name, value in pairs if _TELLING.search(name) and isinstance(value, str))
    yield from _secure_strings()
    for fixture in getattr(item, "funcargs", {}).values():
        for owner in (fixture, getattr(fixture, "town", None)):
            guild = getattr(getattr(owner, "discord", None), "_guild", None)
            yield from getattr(guild, "_issued", ())


def _secure_strings() -> Iterator[str]:
    moto = sys.modules.get("moto.ssm.models")
    if moto is None:
        return
    for account in moto.ssm_backends.values():
        for backend in account.values():
            for versions in backend._parameters.values():
                yield from (kept.decrypt(kept.value) for kept in versions if kept.parameter_type == "SecureString")
