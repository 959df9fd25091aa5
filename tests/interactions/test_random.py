"""Interactions at random, signed: whatever they are, the answer is sound and nothing is queued that was not confirmed."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.adapters.discord.commands import COMMANDS
from tests.interactions.door import ALERTS, ANNA, APPLICATION, ELSEWHERE, GUILD, OPS, ROLES, Door
from tests.interactions.interactions import PING, changed, command, completion, form, paths, press

# One door for all: making one costs more than an interaction, and what came before may not matter.
DOOR = Door().furnish()

words = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["shop", "shop-1", "READS", "PORTAL", "true", "false", "start", "safe", "", "../../x", "\ud800"]),
    st.text(alphabet=st.characters(), max_size=200),
)
leaves: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), words
)
anything = st.recursive(
    leaves,
    lambda below: st.one_of(st.lists(below, max_size=5), st.dictionaries(st.text(max_size=12), below, max_size=5)),
    max_leaves=20,
)
ids = st.sampled_from([APPLICATION, GUILD, OPS, ALERTS, ELSEWHERE, ANNA.user_id, *ROLES.values(), "", "x", "0"])

options = st.lists(
    st.fixed_dictionaries(
        {"name": st.one_of(st.sampled_from(["plan", "reason", "flag", "value", "what", "to", "start", "set"]), words)},
        optional={"type": st.integers(0, 12), "value": leaves, "focused": st.booleans(), "options": st.just([])},
    ),
    max_size=6,
)
almost = st.fixed_dictionaries(
    {
        "type": st.sampled_from([1, 2, 3, 4, 5, 6, 0]),
        "id": st.one_of(st.just("1440000000000000000"), leaves),
        "token": leaves,
        "application_id": st.one_of(st.just(APPLICATION), ids),
        "guild_id": st.one_of(st.just(GUILD), ids),
        "channel_id": st.one_of(st.just(OPS), ids),
        "data": st.fixed_dictionaries(
            {"name": st.one_of(st.sampled_from([c.path.split()[0] for c in COMMANDS]), words), "options": options},
            optional={"custom_id": leaves, "components": anything, "type": leaves},
        ),
        "member": st.fixed_dictionaries(
            {"user": st.fixed_dictionaries({"id": ids}, optional={"username": words}), "roles": st.lists(ids)},
            optional={"nick": leaves, "permissions": leaves},
        ),
    },
    optional={"channel": anything, "message": anything, "user": anything},
)

quickly = settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def nothing_came_of_it(asked: Any) -> None:
    DOOR.sent.clear()
    kept = DOOR.stores()
    answer = DOOR.send(asked)
    found = DOOR.stores()
    del kept["confirmations"], found["confirmations"]
    assert kept == found
    if isinstance(asked, dict) and type(asked.get("type")) is int:
        assert answer.status == 200


@quickly
@given(anything)
def test_any_json_at_all(asked: Any) -> None:
    nothing_came_of_it(asked)


@quickly
@given(almost)
def test_what_is_almost_an_interaction(asked: dict[str, Any]) -> None:
    nothing_came_of_it(asked)


SAMPLES = [
    PING,
    form(),
    press("F" * 22),
    completion("rollback", "what", "s"),
    command("rollback", options={"what": "shop"}),
    command("flag set", options={"flag": "PORTAL", "value": "true", "reason": "x"}),
]


@quickly
@given(st.data(), st.sampled_from(SAMPLES))
def test_an_interaction_with_some_fields_exchanged(data: st.DataObject, sample: dict[str, Any]) -> None:
    asked = copy.deepcopy(sample)
    for _ in range(data.draw(st.integers(1, 3))):
        places = list(paths(asked))
        asked = changed(asked, data.draw(st.sampled_from(places)), data.draw(anything))
        if not isinstance(asked, dict) or not asked:
            break
    nothing_came_of_it(asked)


@quickly
@given(st.binary(max_size=400))
def test_any_bytes_at_all(body: bytes) -> None:
    assert DOOR.send(body).status in (200, 400)


@quickly
@given(
    st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4)
)
def test_an_interaction_with_some_bytes_exchanged(sample: dict[str, Any], changes: list[tuple[int, int]]) -> None:
    body = bytearray(json.dumps(sample).encode())
    for place, byte in changes:
        body[place % len(body)] = byte
    DOOR.sent.clear()
    answer = DOOR.send(bytes(body))
    assert answer.status in (200, 400)
    assert not DOOR.sent


@quickly
@given(
    st.dictionaries(
        st.sampled_from(["version", "rawPath", "headers", "requestContext", "body", "isBase64Encoded", "routeKey"]),
        anything,
    )
)
def test_any_event_at_all(event: dict[str, Any]) -> None:
    assert DOOR.knock(event).status in (401, 404, 405)
