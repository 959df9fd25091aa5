"""`/debug-last` and its Logs button: one's own traces, others' only to who may see any, and nothing that was not redacted."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from orchestrator.adapters.memory.signals import MemorySignals
from orchestrator.app import App
from orchestrator.app.moving import TRIES
from orchestrator.app.own_logs import LONGEST_LINE, ROOM, fitting, say_line
from orchestrator.core.commands import Command
from orchestrator.core.markdown import units
from orchestrator.core.own_logs import LogLine
from orchestrator.core.signals import AlarmReading
from orchestrator.core.trace import Step, TraceRecord
from orchestrator.core.work import ShowLogs
from orchestrator.ports import Conflict, Unavailable
from tests.interactions.door import ANNA, GUILD, NOW, OLE, STRANGER, SUSE, TOKEN, Caller, Door
from tests.interactions.interactions import command, completion, press

SECRET = "S3cr3t-hunter2-S3cr3t"
OTHER = Caller(user_id="300000000000000008", name="otto", roles=("engineering",))


def stored(door: Door, trace_id: str, caller: Caller = ANNA, at: int = 0, **more: Any) -> TraceRecord:
    given = {"kind": "command", "duration_ms": 41, "outcome": "done", "command": "roll back shop", **more}
    record = TraceRecord(id=trace_id, at=NOW + at, guild_id=GUILD, actor=caller.user_id, **given)
    door.table.traces.put(record)
    return record


def logs_button(door: Door, caller: Caller = ANNA, **options: str) -> str:
    shown = door.send(command("debug-last", caller, dict(options)))
    assert not shown.is_refusal, shown.shown
    return shown.buttons[0]


def asked(door: Door) -> list[ShowLogs]:
    return [work for work in door.queue.sent if isinstance(work, ShowLogs)]


# -- which trace ---------------------------------------------------------------------------------------------------


def test_a_user_without_a_trace_is_shown_none(door: Door) -> None:
    stored(door, "annas")
    answer = door.send(command("debug-last", OTHER))
    assert answer.is_refusal
    assert "You have no trace yet" in answer.shown


def test_one_s_own_last_one_is_shown_with_its_steps_and_times(door: Door) -> None:
    stored(door, "older", at=-60)
    steps = (
        Step(name="decide", ms=3, note="rollback: asked for"),
        Step(name="write READS", ms=40, note="true -> false"),
    )
    stored(door, "newer", steps=steps, reason="settlement mismatch", rollout="shop-1")
    stored(door, "otto", OTHER, at=60)
    shown = door.send(command("debug-last")).shown
    assert "trace newer" in shown
    assert "`    3 ms` **decide** rollback: asked for" in shown
    assert "`   40 ms` **write READS** true -> false" in shown
    assert "41 ms in all" in shown
    assert "settlement mismatch" in shown


@pytest.mark.parametrize("trace", ["ottos", "no-such-trace"])
def test_somebody_else_s_is_refused_like_one_that_is_not_there(door: Door, trace: str) -> None:
    stored(door, "ottos", OTHER)
    answer = door.send(command("debug-last", ANNA, {"trace": trace}))
    assert answer.is_refusal
    assert f"There is no trace {trace} that you may see" in answer.shown.replace("\\\\", "")
    assert not door.send(command("debug-last", OLE, {"trace": "ottos"})).is_refusal


def test_a_trace_of_another_guild_is_shown_to_nobody(door: Door) -> None:
    door.table.traces.put(structs.replace(stored(door, "here"), id="there", guild_id="209999999999999999"))
    for caller in (ANNA, OLE):
        assert door.send(command("debug-last", caller, {"trace": "there"})).is_refusal
        assert "there" not in [c["value"] for c in door.send(completion("debug-last", "trace", caller=caller)).choices]


def test_twenty_five_of_one_s_own_are_offered_newest_first_whatever_others_did(door: Door) -> None:
    for number in range(40):
        stored(door, f"mine{number}", at=number)
        stored(door, f"ottos{number}", OTHER, at=number)
    offered = [choice["value"] for choice in door.send(completion("debug-last", "trace")).choices]
    assert offered == [f"mine{number}" for number in reversed(range(15, 40))]
    found = [choice["value"] for choice in door.send(completion("debug-last", "trace", "mine3")).choices]
    assert found == ["mine39", *(f"mine{number}" for number in reversed(range(30, 39))), "mine3"]


def test_what_is_typed_reads_through_no_steps(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which are most of a trace, and are not shown: a key that is pressed has no time for them."""
    stored(door, "mine", steps=(Step(name="write", ms=1, note='needle="x": y'),))
    read: list[str] = []

    def watched(look: Any) -> list[tuple[int, int]]:
        read.append(look.small)
        return []

    monkeypatch.setattr("orchestrator.core.redaction.text.said_spans", watched)
    assert door.send(completion("debug-last", "trace")).choices
    assert read
    assert not [text for text in read if "needle" in text]


def test_while_it_is_switched_off_nothing_is_offered_or_shown(door: Door) -> None:
    stored(door, "mine")
    door.flags.by_hand("ENABLE_DEBUG_CMD", "false", NOW)
    door.clock.at += 60
    assert door.send(completion("debug-last", "trace")).choices == []
    assert "switched off" in door.send(command("debug-last")).shown


def test_a_trace_with_more_than_fits_keeps_its_first_and_its_last_steps(door: Door) -> None:
    steps = tuple(Step(name=f"write FLAG_{n}", ms=n, note=f"{'x' * 290} {n}") for n in range(60))
    stored(door, "long", steps=steps)
    shown = door.send(command("debug-last")).shown
    assert "write FLAG\\\\_0" in shown
    assert "write FLAG\\\\_59" in shown
    (left_out,) = re.findall(r"… (\d+) more steps", shown)
    assert shown.count("**write FLAG") == 60 - int(left_out)
    assert "in the log" not in shown, "it is not"


def test_a_trace_that_was_cut_when_it_was_made_says_so_where_it_was_cut(door: Door) -> None:
    stored(door, "cut", steps=tuple(Step(name=f"s{n}", ms=n) for n in range(60)), left_out=7)
    shown = door.send(command("debug-last")).shown
    assert re.search(r"\*\*s39\*\*\\n… 7 more steps\\n[^*]*\*\*s40\*\*", shown)
    long = tuple(Step(name=f"s{n}", ms=n, note="x" * 290) for n in range(60))
    stored(door, "long", at=1, steps=long, left_out=7)
    shown = door.send(command("debug-last")).shown
    (left_out,) = re.findall(r"… (\d+) more steps", shown)
    assert len(re.findall(r"\*\*s\d+\*\*", shown)) == 67 - int(left_out)
    assert "**s0**" in shown
    assert "**s59**" in shown


def test_a_long_reason_cuts_no_link(door: Door) -> None:
    stored(door, "long", reason="_*" * 4_000, error="|" * 4_000, xray="1-5759e988-bd862e3fe1be46a994272793")
    shown = door.send(command("debug-last")).body["data"]["embeds"][0]["description"]
    assert [name for name, _ in re.findall(r"\[([^\]]+)\]\((https://[^)]+)\)", shown)] == [
        "Log lines in CloudWatch",
        "X-Ray",
    ]


def test_a_card_whose_buttons_cannot_be_kept_is_shown_without(door: Door) -> None:
    stored(door, "mine", rollout="shop-1")
    door.table.confirmations.fail_next = [Unavailable("down")]
    answer = door.send(command("debug-last"))
    assert "trace mine" in answer.shown
    assert answer.buttons == []


def test_what_one_confirmed_for_another_is_shown_to_both(door: Door) -> None:
    stored(door, "both", second=OTHER.user_id)
    for caller in (ANNA, OTHER):
        assert "trace both" in door.send(command("debug-last", caller)).shown
        assert not door.send(command("debug-last", caller, {"trace": "both"})).is_refusal
    assert door.send(command("debug-last", SUSE, {"trace": "both"})).is_refusal


def test_flags_of_the_bot_that_cannot_be_read_now_are_as_they_were(door: Door) -> None:
    stored(door, "mine")
    door.flags.by_hand("ENABLE_DEBUG_CMD", "false", NOW)
    assert "switched off" in door.send(command("debug-last")).shown
    door.clock.at += 60
    door.flags.fail_next = [Unavailable("down")]
    assert "switched off" in door.send(command("debug-last")).shown


def test_what_was_stored_unredacted_is_redacted_when_it_is_shown(door: Door) -> None:
    """As an older version may have left it: the shelf is written to directly."""
    ring = door.table.traces._rings.setdefault((GUILD, True), deque())
    bare = TraceRecord(
        id="old", kind="command", at=NOW + 9, duration_ms=1, outcome="done", guild_id=GUILD, actor=ANNA.user_id,
        command=f"/flag set password={SECRET}", reason=f"token={SECRET}", error=f"Bearer {SECRET}{SECRET}",
        steps=(Step(name="post", ms=1, note=f"password={SECRET}"),),
    )  # fmt: skip
    ring.append(bare)
    for answer in (
        door.send(command("debug-last")),
        door.send(command("debug-last", OLE, {"trace": "old"})),
        door.send(completion("debug-last", "trace")),
    ):
        assert "old" in answer.text
        assert SECRET not in answer.text


# -- the button ----------------------------------------------------------------------------------------------------


def test_a_press_goes_to_the_worker_and_is_answered_at_once(door: Door) -> None:
    stored(door, "mine")
    answer = door.send(pressed := press(logs_button(door)))
    assert (answer.body["type"], answer.body["data"]) == (5, {"flags": 64})
    (wanted,) = asked(door)
    assert (wanted.shown, wanted.guild_id, wanted.actor.user_id) == ("mine", GUILD, ANNA.user_id)
    assert (wanted.token, wanted.interaction_id) == (TOKEN, pressed["id"])
    assert wanted.trace_id not in ("", "mine")


def test_the_button_carries_nothing_but_an_id_of_ours(door: Door) -> None:
    stored(door, "mine", rollout="shop-1")
    for button in door.send(command("debug-last")).buttons:
        assert len(button) == 22
        kept = door.table.confirmations.get(button)
        assert kept is not None
        assert kept.command.token == ""
    assert "mine" not in door.send(command("debug-last")).buttons


def test_looking_leaves_no_trace(door: Door) -> None:
    stored(door, "mine")
    door.send(press(logs_button(door)))
    last = door.table.traces.last_for(GUILD, ANNA.user_id)
    assert last is not None
    assert last.id == "mine"


def test_a_refused_look_leaves_none_either(door: Door) -> None:
    stored(door, "mine")
    button = logs_button(door)
    door.queue.fail_next = [Unavailable("slow")]
    assert door.send(press(button)).is_refusal
    assert door.send(press(button, STRANGER)).is_refusal
    door.clock.at += 86_401
    assert door.send(press(button)).is_refusal
    last = door.table.traces.last_for(GUILD, ANNA.user_id)
    assert last is not None
    assert last.id == "mine"
    assert door.table.traces.last_for(GUILD, STRANGER.user_id) is None


def test_the_trace_of_a_refusal_says_why(door: Door) -> None:
    assert door.send(command("rollback", ANNA, {"what": "nobody_knows_it*"})).is_refusal
    last = door.table.traces.last_for(GUILD, ANNA.user_id)
    assert last is not None
    assert last.outcome == "refused"
    assert "nobody_knows_it*" in last.reason
    assert "nothing was changed" not in last.reason


@pytest.mark.parametrize(("caller", "searched"), [(OTHER, False), (SUSE, False), (OLE, True)])
def test_whoever_presses_is_checked_again(door: Door, caller: Caller, searched: bool) -> None:
    stored(door, "mine")
    answer = door.send(press(logs_button(door), caller))
    assert answer.is_refusal is not searched
    assert len(asked(door)) == searched


def test_a_press_after_the_flag_is_off_or_the_trace_is_gone_is_refused(door: Door) -> None:
    stored(door, "mine")
    button = logs_button(door)
    door.flags.by_hand("ENABLE_DEBUG_CMD", "false", NOW)
    door.clock.at += 60
    assert "switched off" in door.send(press(button)).shown
    door.flags.by_hand("ENABLE_DEBUG_CMD", "true", NOW)
    door.clock.at += 60
    for number in range(100):
        stored(door, f"newer{number}", at=100 + number)
    assert "There is no trace mine" in door.send(press(button)).shown
    assert asked(door) == []


def test_a_button_of_yesterday_has_run_out(door: Door) -> None:
    stored(door, "mine")
    button = logs_button(door)
    door.clock.at += 86_401
    assert "has run out" in door.send(press(button)).shown
    assert asked(door) == []


def test_a_queue_that_does_not_answer_is_said(door: Door) -> None:
    stored(door, "mine")
    button = logs_button(door)
    door.queue.fail_next = [Unavailable("slow")]
    assert "nothing is searched" in door.send(press(button)).shown


# -- the lines -----------------------------------------------------------------------------------------------------


def line(text: str, at: int = 0, **fields: str) -> LogLine:
    return LogLine(at_ms=(NOW + at) * 1000, fields={"level": "INFO", "message": text, **fields})


def test_a_line_says_when_how_bad_what_and_the_rest() -> None:
    said = say_line(line("a command ended", outcome="done", reason=""))
    assert said == "`16:00:00 INFO` a command ended outcome=done"


@pytest.mark.parametrize(
    "field",
    [
        f"password={SECRET}",
        f"https://discord.com/api/v10/webhooks/111222333444555666/{TOKEN}/messages/@original",
        f"Authorization: Bearer {SECRET}{SECRET}",
    ],
)
def test_a_line_is_redacted_again_when_it_is_shown(field: str) -> None:
    said = say_line(line(field, problem=field))
    assert SECRET not in said
    assert TOKEN not in said


def test_a_secret_that_is_one_by_its_field_alone_is_redacted_too() -> None:
    assert SECRET not in say_line(line("x", password=SECRET))


def test_the_newest_lines_are_kept_and_the_others_are_counted() -> None:
    found = [line(f"{number} " + "word " * 40, at=number) for number in range(60)]
    said = fitting(found)
    assert said[-1].startswith("`16:00:59 INFO` 59 ")
    assert said[0] == f"{60 - (len(said) - 1)} older lines were left out."
    assert sum(units(shown) + 1 for shown in said[1:]) <= ROOM


@given(st.lists(st.text(max_size=400), max_size=40), st.integers(1, ROOM))
def test_none_is_lost_without_being_counted(texts: list[str], room: int) -> None:
    said = fitting([line(text) for text in texts], room)
    head = said[0] if said and said[0].endswith("older lines were left out.") and not said[0].startswith("`") else ""
    shown = len(said) - bool(head)
    assert shown + (int(head.split()[0]) if head else 0) == len(texts)
    assert shown >= min(1, len(texts))
    assert all("\n" not in text and units(text) <= 2 * LONGEST_LINE + 40 for text in said)


# -- a conflict ----------------------------------------------------------------------------------------------------


class Meanwhile(MemorySignals):
    """While the alarms are looked at, somebody else moves first, so many times."""

    def __init__(self, act: Callable[[int], object], times: int) -> None:
        super().__init__()
        self.set_alarm("shop-outage", "OK", NOW - 86_400)
        self._act, self._left = act, times

    def alarms(self, names: Sequence[str]) -> dict[str, AlarmReading]:
        if self._left:
            self._left -= 1
            self._act(self._left)
        return super().alarms(names)


def hurried(door: Door, times: int) -> App:
    def act(number: int) -> None:
        assert door.does("pause", "shop", by=structs.replace(OLE.actor, name=f"ole{number}")).kind == "pause"

    return App(structs.replace(door.outside, signals=Meanwhile(act, times)), door.access)


def test_a_decision_that_was_made_anew_says_which_attempt_it_was(door: Door) -> None:
    outcome = hurried(door, 2).run(Command(verb="rollback", target="shop", actor=ANNA.actor, trace_id="mine", at=NOW))
    assert outcome.kind == "rollback"
    record = door.table.traces.get(GUILD, "mine")
    assert record is not None
    steps = [(step.name, step.note) for step in record.steps if step.name in ("load", "save")]
    assert [name for name, _ in steps] == ["load", "save", "load", "save", "load", "save"]
    loads, saves = [note for name, note in steps if name == "load"], [note for name, note in steps if name == "save"]
    assert [note.partition("; ")[2] for note in loads] == ["", "attempt 2 of 6", "attempt 3 of 6"]
    assert ["failed: Conflict" in note for note in saves] == [True, True, False]


def test_one_that_was_overtaken_every_time_says_so(door: Door) -> None:
    with pytest.raises(Conflict):
        hurried(door, TRIES).run(Command(verb="rollback", target="shop", actor=ANNA.actor, trace_id="mine", at=NOW))
    record = door.table.traces.get(GUILD, "mine")
    assert record is not None
    assert (record.outcome, record.error) == ("failed", record.reason)
    assert sum(step.name == "load" for step in record.steps) == TRIES
