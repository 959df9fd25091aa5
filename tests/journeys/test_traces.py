"""What a trace tells of a command, a tick and an alarm, and what the log says while they are handled."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from orchestrator import bootstrap
from orchestrator.core.actors import SWITCHBACK
from orchestrator.core.trace import TraceRecord
from orchestrator.ports import SwitchbackError
from orchestrator.sandbox.lambdas import action_event
from orchestrator.sandbox.town import PEOPLE_BY_NAME
from orchestrator.telemetry.logs import get_logger
from tests.journeys.journey import ENG, FIRST, OPS, PLAN, Journey, buttons, text


def last(journey: Journey, who: str = ENG) -> TraceRecord:
    user = PEOPLE_BY_NAME[who].user_id if who in PEOPLE_BY_NAME else who
    found = bootstrap.outside().traces.last_for(journey.town.settings.discord_guild_id, user)
    assert found is not None
    return found


def by_itself(journey: Journey) -> list[TraceRecord]:
    guild = journey.town.settings.discord_guild_id
    return bootstrap.outside().traces.recent(guild, 100, actor_id=SWITCHBACK.user_id)


def note(record: TraceRecord, name: str) -> str:
    """What the first step of that name says."""
    return next(step.note for step in record.steps if step.name == name)


def lines(journey: Journey, **wanted: Any) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in journey.log.getvalue().splitlines()]
    return [line for line in found if wanted.items() <= line.items()]


# -- the steps -----------------------------------------------------------------------------------------------------


def test_a_command_tells_what_it_asked_of_whom_what_it_decided_and_why(journey: Journey) -> None:
    journey.start()
    record = last(journey)
    assert (record.kind, record.command, record.outcome, record.rollout) == ("command", f"start {PLAN}", "start", FIRST)
    names = list(dict.fromkeys(step.name for step in record.steps))
    told = ("load", "look at alarms", "look at flags", "decide", "save", "arm", "tell", "reply")
    assert [name for name in names if name in told] == list(told)
    assert note(record, "load") == f"plan {PLAN}"
    assert "portal-outage OK" in note(record, "look at alarms")
    assert note(record, "look at flags").startswith("SSM: ")
    assert note(record, "decide") == f"start: {record.reason}"
    assert note(record, "save").startswith(f"{FIRST}, version 1, ")
    assert record.xray.startswith("1-")


def test_each_flag_that_is_written_says_from_what_to_what_and_when_it_was_read_back(journey: Journey) -> None:
    journey.confirmed(ENG, "flag set", flag="PORTAL_PRISMA", value="true", reason="try it out")
    record = last(journey)
    version = journey.version("PORTAL_PRISMA")
    assert note(record, "write PORTAL_PRISMA") == f"false -> true, fence 1, version {version}"
    assert note(record, "read back") == f"PORTAL_PRISMA true after 0 ms, version {version}"


def test_a_flag_that_does_not_read_back_says_what_was_found(journey: Journey) -> None:
    journey.edge.unreachable("PutParameter")
    journey.confirmed(ENG, "flag set", flag="PORTAL_PRISMA", value="true", reason="try it out")
    record = last(journey)
    assert note(record, "write PORTAL_PRISMA") == "false -> true, fence 1; failed: Unavailable"
    assert note(record, "read back").startswith("PORTAL_PRISMA false, which is not what was written, after ")
    journey.edge.mend()
    journey.advance("1m")


def test_a_tick_that_decides_leaves_a_trace_and_one_that_holds_a_line(journey: Journey) -> None:
    journey.start()
    journey.town.restart()
    before = len(by_itself(journey))
    journey.advance("1m")
    assert len(by_itself(journey)) == before, "nothing was decided, and nothing is stored"
    (held, *_) = [line for line in lines(journey, kind="tick", outcome="hold") if line.get("rollout") == FIRST]
    assert held["message"] == "a tick ended"
    assert held["reason"]
    assert held["duration_ms"] >= 0
    journey.promote_to("admin-reads")
    journey.by_hand(PERSISTENCE_PRISMA_READS="false")
    journey.advance("2m")
    record = by_itself(journey)[0]
    assert (record.kind, record.rollout) == ("tick", FIRST)
    assert note(record, "decide") == f"{record.outcome}: {record.reason}"


def test_a_tick_says_which_source_was_asked_for_what(journey: Journey) -> None:
    journey.started_in("orchestrator")
    journey.signal("rollbacks", value=3)
    journey.advance("20m")
    record = next(found for found in by_itself(journey) if found.outcome == "safeguard")
    assert note(record, "look at signals") == "CloudWatch: rollbacks"
    assert note(record, "write FINANCIAL_ORCHESTRATOR").startswith("true -> false, fence ")


def test_a_source_that_is_broken_is_said_to_be(journey: Journey) -> None:
    journey.started_in("orchestrator")
    journey.advance("20m")
    journey.signal("rollbacks", broken=True)
    journey.by_hand(PERSISTENCE_PRISMA_READS="false")
    journey.advance("1m")
    record = by_itself(journey)[0]
    assert note(record, "look at signals") == "CloudWatch: rollbacks (error)"
    assert record.outcome == "hold", "held, because a flag was changed by hand"


def test_an_alarm_leaves_one_trace_with_the_way_off(journey: Journey) -> None:
    journey.started_in("portal")
    journey.alarm("portal-outage")
    record = next(found for found in by_itself(journey) if found.kind == "alarm" and found.outcome != "hold")
    assert (record.command, record.outcome, record.rollout) == ("portal-outage ALARM", "safeguard", FIRST)
    names = [step.name for step in record.steps]
    assert names.index("decide") < names.index("save") < names.index("write PORTAL_PRISMA") < names.index("read back")


def test_an_alarm_that_could_not_be_handled_leaves_one_too(journey: Journey) -> None:
    journey.started_in("portal")
    journey.edge.unreachable("GetParametersByPath")
    with pytest.raises(SwitchbackError, match=r"^Unavailable: "):
        journey.town.take_alarm_event(action_event("portal-outage", "ALARM", "OK", journey.now))
    journey.edge.mend()
    record = by_itself(journey)[0]
    assert (record.kind, record.outcome) == ("alarm", "failed")
    assert record.error


def test_a_repeat_does_not_hide_what_the_first_try_did(journey: Journey) -> None:
    preview = journey.ask(ENG, "flag set", flag="PORTAL_PRISMA", value="true", reason="try it out")
    journey.expected_statuses.add(503)
    journey.town.discord.set_state("down")
    journey.confirm(ENG, preview)
    journey.town.discord.set_state("up")
    for _ in range(2):
        journey.advance("1m")
    record = last(journey)
    assert record.outcome == "set"
    assert note(record, "write PORTAL_PRISMA")


def test_what_a_first_try_saved_and_a_second_finished_is_not_shown_as_failed(journey: Journey) -> None:
    journey.started_in("portal")
    preview = journey.ask(ENG, "rollback", what=PLAN)
    journey.edge.refuses("UpdateItem", "AccessDeniedException", holding=FIRST, times=1)
    journey.confirm(ENG, preview)
    failed = last(journey)
    assert failed.outcome == "failed"
    assert failed.steps[-1].name == "record what was read"
    journey.edge.mend()
    journey.advance("1m")
    record = last(journey)
    assert (record.id, record.outcome, record.error) == (failed.id, "again", "")
    assert note(record, "load").startswith(FIRST), "the repair is in the command's own trace"
    assert ": again" in text(journey.use(ENG, "debug-last"))


# -- the log -------------------------------------------------------------------------------------------------------


def test_one_id_ties_a_button_to_what_the_worker_did_and_the_last_line_says_how_long_it_took(journey: Journey) -> None:
    journey.confirmed(ENG, "flag set", flag="PORTAL_PRISMA", value="true", reason="try it out")
    (done,) = lines(journey, kind="command", outcome="set")
    assert (done["message"], done["actor"], done["command"]) == ("a command ended", ENG, "set_flag")
    assert done["duration_ms"] >= 0
    (pressed,) = lines(journey, kind="interaction", outcome="handed over")
    assert pressed["correlation_id"] == done["correlation_id"]
    assert pressed["trace_id"] == done["trace_id"] == last(journey).id
    assert pressed["duration_ms"] >= 0


def test_what_nobody_asked_for_carries_the_id_of_its_invocation(journey: Journey) -> None:
    journey.started_in("portal")
    journey.advance("1m")
    journey.alarm("portal-outage")
    for kind in ("tick", "alarm"):
        ended = lines(journey, kind=kind)
        assert ended
        assert all(len(line["correlation_id"]) == 36 and line["actor"] == "Switchback" for line in ended)


def test_every_line_about_a_rollout_says_where_it_is_and_what_its_flags_are_to_be(journey: Journey) -> None:
    journey.started_in("portal")
    journey.alarm("portal-outage")
    (handled, *_) = lines(journey, message="an alarm was handled", decision="safeguard")
    assert (handled["rollout"], handled["rolloutStage"]) == (FIRST, "portal")
    assert handled["flagState"]["PORTAL_PRISMA"] == "false"
    assert handled["flagState"]["PERSISTENCE_PRISMA_READS"].startswith("true")
    ended = [line for line in lines(journey, kind="alarm") if line.get("rollout") == FIRST]
    assert all(line["flagState"]["PORTAL_PRISMA"] == "false" for line in ended)


def test_a_line_in_the_middle_of_a_move_is_stamped_too(journey: Journey) -> None:
    """A source that breaks is logged while the rollout is looked at."""
    journey.started_in("orchestrator")
    said: list[int] = []
    measure = journey.town.world.measure

    def loud(*arguments: Any) -> Any:
        get_logger().warning("a source is slow")
        said.append(1)
        return measure(*arguments)

    journey.town.world.measure = loud  # type: ignore[method-assign]  # it watches
    journey.advance("20m")
    assert said
    stamped = lines(journey, message="a source is slow")
    assert {line["rollout"] for line in stamped} == {FIRST}
    assert {line["rolloutStage"] for line in stamped} == {"orchestrator"}
    assert all(line["flagState"] for line in stamped)


# -- the Logs button -----------------------------------------------------------------------------------------------


def logs_of(journey: Journey, who: str, **options: str) -> dict[str, Any]:
    shown = journey.use(who, "debug-last", **options)
    return journey.press_id(who, shown, buttons(shown)["Logs"])


def test_the_card_leads_to_x_ray_to_the_log_and_to_the_rollout(journey: Journey) -> None:
    journey.start()
    shown = journey.use(ENG, "debug-last")
    record = last(journey)
    links = dict(re.findall(r"\[([^\]]+)\]\((https://[^)]+)\)", shown["embeds"][0]["description"]))
    assert links["X-Ray"].endswith(f"#xray:traces/{record.xray}")
    assert "logsV2:logs-insights" in links["Log lines in CloudWatch"]
    assert record.id in links["Log lines in CloudWatch"]
    rollout = journey.press_id(ENG, shown, buttons(shown)["Rollout"])
    assert FIRST in text(rollout)


def test_the_button_shows_what_was_logged_under_the_trace_to_whoever_asked_alone(journey: Journey) -> None:
    journey.start()
    found = logs_of(journey, ENG)
    assert found["ephemeral"]
    said = text(found)
    assert f"logs of trace {last(journey).id}" in said
    assert "a command ended" in said
    assert "an interaction was answered" in said
    assert f"rollout={FIRST}" in said
    assert "The same search in CloudWatch" in said
    assert last(journey).command == f"start {PLAN}", "looking leaves no trace"


def test_whoever_may_see_any_trace_may_search_it(journey: Journey) -> None:
    journey.start()
    trace = last(journey).id
    assert "a command ended" in text(logs_of(journey, OPS, trace=trace))


def test_a_press_after_the_switch_is_off_searches_nothing(journey: Journey) -> None:
    journey.start()
    shown = journey.use(ENG, "debug-last")
    journey.confirmed(OPS, "flag set", flag="ENABLE_DEBUG_CMD", value="false")
    journey.advance("1m")
    assert "switched off" in text(journey.press_id(ENG, shown, buttons(shown)["Logs"]))


def test_a_search_that_does_not_end_in_time_says_so_and_where_it_can_be_seen(journey: Journey) -> None:
    journey.start()
    bootstrap.outside().logs.slow = True  # type: ignore[attr-defined]  # the stand-in has it
    said = text(logs_of(journey, ENG))
    assert "did not end within 20 seconds" in said
    assert "The same search in CloudWatch" in said


def test_lines_in_the_text_form_have_no_fields_to_be_found_by(journey: Journey) -> None:
    journey.confirmed(OPS, "flag set", flag="ENABLE_JSON_LOGGING", value="false", reason="read it by eye")
    journey.advance("1m")
    journey.use(ENG, "rollout list")
    assert "Nothing was found yet" in text(logs_of(journey, ENG))
    journey.confirmed(OPS, "flag set", flag="ENABLE_JSON_LOGGING", value="true", reason="back")
    journey.advance("1m")
    text_lines = [line for line in journey.log.getvalue().splitlines() if not line.startswith("{")]
    assert text_lines
    journey.log.seek(0)
    kept = [line for line in journey.log.getvalue().splitlines() if line.startswith("{")]
    journey.log.truncate(0)
    journey.log.write("\n".join(kept) + "\n")


def test_a_reply_that_discord_does_not_take_now_is_finished_later(journey: Journey) -> None:
    journey.start()
    shown = journey.use(ENG, "debug-last")
    journey.expected_statuses.add(503)
    journey.town.discord.set_state("down")
    journey.send_press(ENG, shown, buttons(shown)["Logs"])
    journey.town.discord.set_state("up")
    for _ in range(2):
        journey.advance("1m")
    finished = [m for m in journey.seen_by(ENG) if "logs of trace" in text(m)]
    assert len(finished) == 1
