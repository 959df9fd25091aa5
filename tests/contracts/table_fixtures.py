"""The table, in memory and in DynamoDB, and rollouts to put into it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import structs

from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.aws.table import Table, create_table
from orchestrator.adapters.memory.table import MemoryTable
from orchestrator.core.actors import Actor
from orchestrator.core.audit import GENESIS, AuditEntry, sealed
from orchestrator.core.commands import Command, Confirmation
from orchestrator.core.effects import Outgoing, Post
from orchestrator.core.notices import Action, Notice
from orchestrator.core.rollout import STANDING, FlagState, Rollout
from orchestrator.ports import Clock, Transition

NAME = "switchback-dev"
NOW = 1_764_000_000

Tables = Table | MemoryTable


class HeldClock(Clock):
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at

    def now_ms(self) -> int:
        return self.at * 1000

    def sleep(self, seconds: float) -> None:
        self.at += int(seconds)


@pytest.fixture(name="clock")
def clock_fixture() -> HeldClock:
    return HeldClock()


@pytest.fixture(name="dynamo")
def dynamo_fixture(aws: Clients, clock: HeldClock) -> Table:
    """The table in DynamoDB alone, for what memory does not have."""
    create_table(aws.dynamodb, NAME)
    return Table(lambda: aws.dynamodb, NAME, clock)


@pytest.fixture(name="tables", params=["memory", "dynamodb"])
def tables_fixture(request: pytest.FixtureRequest, clock: HeldClock) -> Tables:
    if request.param == "memory":
        return MemoryTable(clock)
    dynamo: Table = request.getfixturevalue("dynamo")
    return dynamo


_ids = itertools.count(1)


def flag(desired: str | None, fence: int, **more: Any) -> FlagState:
    return FlagState(desired=desired, fence=fence, **more)


def opening(
    rollout_id: str = "shop-1",
    flags: Mapping[str, FlagState] | None = None,
    *,
    changes: Any = None,
    **more: Any,
) -> Transition:
    """The first transition of a rollout `{plan}-{n}`, or of the standing set."""
    standing = rollout_id == STANDING
    given = {
        "id": rollout_id,
        "plan": rollout_id.rpartition("-")[0] or STANDING,
        "plan_hash": "f" * 64,
        "environment": "dev",
        "status": "standing" if standing else "running",
        "started_at": NOW,
        "started_by": "alice",
        "reason": "the first step",
        "next_check": NOW,
        "flags": dict(flags or {}),
        **(changes or {}),
    }
    return _transition(None, Rollout(**given), **more)


def following(before: Rollout, *, changes: Mapping[str, Any] | None = None, **more: Any) -> Transition:
    """The transition after `before`, with what changes in the state."""
    return _transition(before, structs.replace(before, **(changes or {})), **more)


def _transition(
    before: Rollout | None,
    after: Rollout,
    *,
    effects: tuple[Outgoing, ...] = (),
    audited: bool = True,
    reason: str = "because",
    **more: Any,
) -> Transition:
    entry = None
    if audited:
        entry = sealed(
            AuditEntry(
                rollout=after.id,
                seq=after.audit_seq + 1,
                at=NOW,
                actor_id="111",
                actor="alice",
                via="discord",
                verb="start",
                reason=reason,
                changes=(("READS", None, "true"),),
                previous=after.audit_head or GENESIS,
            )
        )
    after = structs.replace(
        after,
        version=after.version + 1,
        transition_id=f"transition-{next(_ids)}",
        audit_seq=entry.seq if entry else after.audit_seq,
        audit_head=entry.hash if entry else after.audit_head,
        effect_seq=after.effect_seq + len(effects),
    )
    return Transition(before=before, after=after, effects=effects, entry=entry, **more)


def started(tables: Tables, *args: Any, **more: Any) -> Rollout:
    """Save the opening of a rollout, and return the state."""
    transition = opening(*args, **more)
    tables.rollouts.save(transition)
    return transition.after


def moved(tables: Tables, before: Rollout, **changes: Any) -> Rollout:
    """Save one more version, and return the state."""
    transition = following(before, changes=changes)
    tables.rollouts.save(transition)
    return transition.after


def ended(tables: Tables, before: Rollout) -> Rollout:
    return moved(tables, before, status="completed", ended_at=NOW)


def post(headline: str, *verbs: Any) -> Post:
    actions = tuple(Action(verb=verb, label=verb) for verb in verbs)
    return Post(notice=Notice(kind="stage", tone="ok", headline=headline, actions=actions))


def button(confirmation_id: str, **more: Any) -> Confirmation:
    """A confirmation for two minutes, whose command carries a token as it comes from Discord."""
    command = Command(verb="promote", target="shop", actor=Actor(user_id="111", name="alice"), token="secret-token")
    given = {"kind": "confirm", "command": command, "created_at": NOW, "expires_at": NOW + 120, **more}
    return Confirmation(id=confirmation_id, **given)
