"""The same random history gives the same answers in memory and in DynamoDB."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from orchestrator.adapters.aws.table import Table
from orchestrator.adapters.memory.table import MemoryTable
from orchestrator.core.audit import first_fault
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.ports import SwitchbackError, Transition
from tests.contracts.table_fixtures import (  # noqa: F401 (fixtures are used by their names)
    NOW,
    HeldClock,
    Tables,
    button,
    clock_fixture,
    dynamo_fixture,
    flag,
    following,
    opening,
    post,
)

FLAGS = ("READS", "WRITES", "PORTAL")
ROLLOUTS = (STANDING, "shop-1", "shop-2", "search-1", "search-2")


@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 40))])
def test_the_same_history_gives_the_same_answers(dynamo: Table, clock: HeldClock, seed: int) -> None:
    chance = Random(seed)
    pair: tuple[Tables, Tables] = (MemoryTable(clock), dynamo)
    known: list[Rollout] = []
    saved: list[Transition] = []
    for step in range(40):
        clock.at += chance.choice((0, 60, 3600))
        transition = _next(chance, known, saved, step)
        answers = [_answer(table, transition) for table in pair]
        assert answers[0] == answers[1], f"seed {seed}, step {step}: {transition}"
        if answers[0] is None:
            saved.append(transition)
            known.append(transition.after)
        memory, far = ([_seen(table, clock.at) for table in pair]) if step % 5 == 4 else (0, 0)
        assert memory == far, f"seed {seed}, step {step}"
    assert len(saved) > 5


def _next(chance: Random, known: list[Rollout], saved: list[Transition], step: int) -> Transition:
    if saved and chance.random() < 0.1:
        return chance.choice(saved)
    more: dict[str, Any] = {"audited": chance.random() < 0.7}
    if chance.random() < 0.4:
        more["interaction_id"] = f"interaction-{chance.randrange(25)}"
    if chance.random() < 0.3:
        more.update(effects=(post(str(step), "status"),), cards=(button(f"card-{step}", kind="card"),))
    if step and chance.random() < 0.2:
        more["confirmation"] = f"card-{chance.randrange(step)}"
    flags = {
        name: flag(chance.choice(("true", "false", None)), chance.randrange(5), pending=chance.random() < 0.5)
        for name in chance.sample(FLAGS, chance.randrange(1, 4))
    }
    if known and chance.random() < 0.75:
        before = chance.choice(known[-4:])
        status = before.status if before.id == STANDING else chance.choice(("running", "watching", "completed"))
        higher = {
            name: flag(state.desired, max(state.fence, flags.get(name, state).fence + chance.randrange(3)))
            for name, state in before.flags.items()
        }
        changes = {"status": status, "flags": higher, "next_check": NOW + chance.randrange(10**5)}
        return following(before, changes=changes, **more)
    return opening(chance.choice(ROLLOUTS), flags, **more)


def _answer(table: Tables, transition: Transition) -> object:
    try:
        table.rollouts.save(transition)
    except SwitchbackError as error:
        return type(error).__name__, getattr(error, "holder", ""), getattr(error, "what", "")
    return None


def _seen(table: Tables, now: int) -> object:
    rollouts = table.rollouts
    states = [rollouts.load(name) for name in ROLLOUTS]
    return (
        states,
        rollouts.due(now),
        rollouts.live(),
        sorted(rollouts.recent()),
        rollouts.owners(FLAGS),
        rollouts.fences(FLAGS),
        [(rollouts.live_of(plan), rollouts.next_number(plan)) for plan in ("shop", "search")],
        [rollouts.waiting(name, now) for name in ROLLOUTS],
        [first_fault(rollouts.audit(state.id), state.audit_head or "0" * 64) for state in states if state],
        [rollouts.seen(f"interaction-{number}") for number in range(25)],
        [table.confirmations.get(f"card-{number}") for number in range(40)],
    )
