"""The state of alerts. DynamoDB and memory behave alike."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from msgspec import structs

from orchestrator import notify
from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.aws.table import Table
from orchestrator.adapters.memory.table import MemoryTable
from orchestrator.core.alerting.alert import Group
from orchestrator.core.alerting.board import Board, with_sent
from orchestrator.core.alerting.digest import Digest
from orchestrator.core.alerting.observing import observed
from orchestrator.ports import AlertChange, AlreadyDone, Conflict, UnknownSchema
from orchestrator.telemetry.logs import configure
from tests.alerts.yard import Yard
from tests.contracts.table_fixtures import (  # noqa: F401 (fixtures are used by their names)
    NAME,
    HeldClock,
    Tables,
    clock_fixture,
    dynamo_fixture,
    tables_fixture,
)
from tests.core.made_alerts import NOW, POLICY, event


def group(key: str = "drift/dev/shop", version: int = 1, **changes: object) -> Group:
    made = observed(None, key, event(), "dev", "opening-1", POLICY)
    assert made is not None
    return structs.replace(made, version=version, **changes)


def saved(tables: Tables, made: Group, event_id: str = "") -> Group:
    tables.alerts.save(AlertChange(groups=((None, made),), event=event_id))
    return made


def test_a_group_comes_back_as_it_was_saved(tables: Tables) -> None:
    made = saved(tables, group(buttons={"acknowledge::": "id-1"}))
    assert tables.alerts.group(made.key) == made
    assert tables.alerts.group("another") is None


def test_only_who_has_seen_the_newest_state_may_save(tables: Tables) -> None:
    first = saved(tables, group())
    second = structs.replace(first, version=2, acknowledged_by="anna")
    tables.alerts.save(AlertChange(groups=((first, second),)))
    with pytest.raises(Conflict):
        tables.alerts.save(AlertChange(groups=((first, structs.replace(first, version=2, acknowledged_by="ole")),)))
    with pytest.raises(Conflict):
        tables.alerts.save(AlertChange(groups=((None, group()),)))
    assert tables.alerts.group(first.key) == second


def test_the_same_event_counts_once_whatever_the_state_is_by_then(tables: Tables) -> None:
    first = saved(tables, group(), "event-1")
    with pytest.raises(AlreadyDone):
        tables.alerts.save(AlertChange(groups=((first, structs.replace(first, version=2)),), event="event-1"))
    with pytest.raises(AlreadyDone):
        tables.alerts.save(AlertChange(groups=((None, group()),), event="event-1"))
    tables.alerts.save(AlertChange(groups=((first, structs.replace(first, version=2)),), event="event-2"))


def test_an_event_is_known_for_as_long_as_a_dead_letter_may_bring_it_back(tables: Tables, clock: HeldClock) -> None:
    saved(tables, group("a"), "event-1")
    clock.at += 14 * 86_400
    with pytest.raises(AlreadyDone):
        saved(tables, group("b"), "event-1")
    clock.at += 2 * 86_400
    saved(tables, group("b"), "event-1")


def test_open_groups_are_listed_by_when_to_look_again_and_closed_ones_are_not(tables: Tables) -> None:
    later, sooner = saved(tables, group("a", next_check=200)), saved(tables, group("b", next_check=100))
    assert tables.alerts.open() == [sooner, later]
    closed = structs.replace(sooner, version=2, closed=True)
    tables.alerts.save(AlertChange(groups=((sooner, closed),)))
    assert tables.alerts.open() == [later]
    assert tables.alerts.group("b") == closed
    opened = structs.replace(closed, version=3, closed=False)
    tables.alerts.save(AlertChange(groups=((closed, opened),)))
    assert tables.alerts.open() == [opened, later]


def test_the_board_is_one_and_its_versions_count(tables: Tables) -> None:
    assert tables.alerts.board() == Board()
    first = structs.replace(with_sent(Board(), "alerts", POLICY, NOW), version=1)
    tables.alerts.save(AlertChange(board=(Board(), first)))
    assert tables.alerts.board() == first
    with pytest.raises(Conflict):
        tables.alerts.save(AlertChange(board=(Board(), first)))


def test_a_digest_is_saved_with_all_that_it_speaks_of_or_not_at_all(tables: Tables) -> None:
    one, two = saved(tables, group("a")), saved(tables, group("b"))
    digest = Digest(number=1, id="d1", receiver="alerts", lines=(), made_at=NOW, version=1)
    told = [structs.replace(g, version=2, acknowledged_by="told") for g in (one, two)]
    stale = structs.replace(two, version=7)
    with pytest.raises(Conflict):
        tables.alerts.save(AlertChange(groups=((one, told[0]), (stale, told[1])), digest=(None, digest)))
    assert (tables.alerts.digests(), tables.alerts.group("a")) == ([], one)
    tables.alerts.save(AlertChange(groups=((one, told[0]), (two, told[1])), digest=(None, digest)))
    assert (tables.alerts.digests(), tables.alerts.group("a")) == ([digest], told[0])
    sent = structs.replace(digest, version=2, sent_at=NOW + 5)
    tables.alerts.save(AlertChange(digest=(digest, sent)))
    assert tables.alerts.digests() == []
    with pytest.raises(Conflict):
        tables.alerts.save(AlertChange(digest=(digest, sent)))


def test_digests_that_were_not_sent_come_oldest_first(tables: Tables) -> None:
    made = [Digest(number=n, id=f"d{n}", receiver="alerts", lines=(), made_at=NOW + n, version=1) for n in (2, 1, 3)]
    for digest in made:
        tables.alerts.save(AlertChange(digest=(None, digest)))
    assert [digest.number for digest in tables.alerts.digests()] == [1, 2, 3]


def test_a_closed_group_is_cleaned_away_in_the_end_and_begins_anew(tables: Tables, clock: HeldClock) -> None:
    if isinstance(tables, Table):
        closed = saved(tables, group(closed=True))
        clock.at += 31 * 86_400
        assert tables.alerts.group(closed.key) is None
        saved(tables, group())


def test_what_a_newer_switchback_wrote_is_left_alone(dynamo: Table, aws: Clients) -> None:
    key = {"pk": {"S": "ALERT#x"}, "sk": {"S": "ALERT"}}
    aws.dynamodb.put_item(TableName=NAME, Item={**key, "schema": {"N": "2"}, "summary": {"S": "{}"}})
    with pytest.raises(UnknownSchema):
        dynamo.alerts.group("x")


@pytest.mark.parametrize(
    ("list_key", "sk"), [("ALERTS", "ALERT"), ("DIGESTS", "DIGEST#0000000009")], ids=["a group", "a digest"]
)
@pytest.mark.parametrize("body", [{"summary": {"S": '{"key": 7}'}}, {}], ids=["another shape", "no summary"])
def test_what_cannot_be_read_is_logged_and_keeps_no_other_alert_from_being_told(
    dynamo: Table, aws: Clients, capsys: pytest.CaptureFixture[str], list_key: str, sk: str, body: dict[str, Any]
) -> None:
    configure("switchback", "dev")
    made = saved(dynamo, group("a"))
    digest = Digest(number=1, id="d1", receiver="alerts", lines=(), made_at=NOW, version=1)
    dynamo.alerts.save(AlertChange(digest=(None, digest)))
    newer = {"pk": {"S": "NEWER"}, "sk": {"S": sk}, "schema": {"N": "2"}}
    listed = {"list_key": {"S": list_key}, "list_at": {"N": "1"}}
    aws.dynamodb.put_item(TableName=NAME, Item={**newer, **listed, **body})
    assert (dynamo.alerts.open(), dynamo.alerts.digests()) == ([made], [digest])
    [line] = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["level"], line["message"]) == ("ERROR", "an item of the alerts cannot be read")
    assert line["key"] == f"NEWER {sk}"


def test_two_containers_at_once_count_every_event(clock: HeldClock) -> None:
    """In memory only: moto is no friend of two threads."""
    tables = MemoryTable(clock)
    yard = Yard(tables=tables)
    failed: list[BaseException] = []

    def work(number: int) -> None:
        ours = yard.container()
        try:
            for index in range(40):
                notify.raise_alert(ours, event(index % 7, service=f"s{index % 3}"), f"{number}-{index}")
        except BaseException as problem:
            failed.append(problem)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sum(found.count for found in tables.alerts.open()) == 80
    assert len(yard.own()) == 3


@pytest.mark.long
def test_a_small_storm_in_dynamodb_adds_up(tables: Tables) -> None:
    yard = Yard(tables=tables)
    ours = [yard.container(), yard.container()]
    for index in range(60):
        notify.raise_alert(ours[index % 2], event(index % 60, service=f"s{index % 12}", lasts=300), f"event-{index}")
    for _ in range(20):
        yard.clock.at += 60
        notify.tell_all(ours[0])
    assert yard.told() == 60
    assert tables.alerts.open() == []
