"""Our own traces: steps, where they belong, and how much of them is kept."""

from __future__ import annotations

import threading

import pytest

from orchestrator.telemetry.tracing import FIRST_STEPS, LAST_STEPS, LONGEST_NOTE, TraceRecorder, recording, step


class HandClock:
    def __init__(self) -> None:
        self.ms = 1_000_500

    def __call__(self) -> int:
        return self.ms


def test_a_recorder_times_each_step_and_the_whole() -> None:
    clock = HandClock()
    recorder = TraceRecorder("t1", "command", clock)
    with recorder.step("decide"):
        clock.ms += 30
    with recorder.step("write", note="2 flags"):
        clock.ms += 12
    done = recorder.finish("done", "written and read back", actor="alice", guild_id="g1", command="rollback")
    assert [(step.name, step.ms, step.note) for step in done.steps] == [("decide", 30, ""), ("write", 12, "2 flags")]
    assert (done.id, done.at, done.duration_ms, done.outcome) == ("t1", 1000, 42, "done")


def test_a_step_that_fails_is_in_the_trace_and_the_error_goes_on() -> None:
    recorder = TraceRecorder("t1", "tick", HandClock())
    with pytest.raises(ValueError, match="S3cret99"), recorder.step("write"):
        raise ValueError("password=S3cret99")
    assert recorder.finish("failed").steps[0].note == "failed: ValueError"


def test_a_clock_that_is_set_back_makes_no_negative_time() -> None:
    clock = HandClock()
    recorder = TraceRecorder("t1", "tick", clock)
    with recorder.step("write"):
        clock.ms -= 5000
    done = recorder.finish("done")
    assert (done.duration_ms, done.steps[0].ms) == (0, 0)


def test_nothing_in_a_finished_trace_is_a_secret() -> None:
    recorder = TraceRecorder("t1", "command", HandClock())
    with recorder.step("post https://u:S3cret99@h/", note="token=S3cret99"):
        pass
    done = recorder.finish(
        "failed", "password=S3cret99", command="/flag set password=S3cret99", error="Bearer S3cret99S3cret99"
    )
    assert "S3cret99" not in repr(done)


def test_a_step_belongs_to_the_trace_that_is_being_recorded_wherever_it_is_called_from() -> None:
    outer, inner = TraceRecorder("t1", "tick", HandClock()), TraceRecorder("t2", "command", HandClock())
    with step("before"):
        pass
    with recording(outer):
        with step("load") as said:
            said.note = "shop-1, version 3"
        with recording(inner), step("decide", "hold"):
            pass
        with step("save"):
            pass
    with step("after"):
        pass
    assert [(s.name, s.note) for s in outer.steps] == [("load", "shop-1, version 3"), ("save", "")]
    assert [(s.name, s.note) for s in inner.steps] == [("decide", "hold")]


def test_what_one_thread_records_gets_no_steps_of_another() -> None:
    recorder = TraceRecorder("t1", "tick", HandClock())

    def theirs() -> None:
        with step("theirs"):
            pass

    with recording(recorder):
        other = threading.Thread(target=theirs)
        other.start()
        other.join()
    assert recorder.steps == ()


def test_a_step_without_a_trace_lets_errors_through_as_well() -> None:
    with pytest.raises(ValueError, match="goes on"), step("write"):
        raise ValueError("goes on")


def test_a_note_that_was_said_before_a_failure_stays() -> None:
    recorder = TraceRecorder("t1", "tick", HandClock())

    def write() -> None:
        with step("write READS") as said:
            said.note = "false -> true, fence 3"
            raise ValueError("x")

    with recording(recorder), pytest.raises(ValueError, match="x"):
        write()
    assert recorder.steps[0].note == "false -> true, fence 3; failed: ValueError"


@pytest.mark.parametrize("more", [0, 1, 7, 500])
def test_a_trace_keeps_its_first_and_its_last_steps_and_says_how_many_there_were_between(more: int) -> None:
    """How it ended is what is looked for."""
    recorder = TraceRecorder("t1", "command", HandClock())
    most = FIRST_STEPS + LAST_STEPS
    for number in range(most + more):
        with recorder.step(f"s{number}", "n" * 1_000):
            pass
    done = recorder.finish("done")
    kept = [*range(FIRST_STEPS), *range(FIRST_STEPS + more, most + more)]
    assert [s.name for s in done.steps] == [f"s{number}" for number in kept]
    assert done.left_out == more
    assert {len(s.note) for s in done.steps} == {LONGEST_NOTE}


def test_a_short_trace_leaves_nothing_out() -> None:
    recorder = TraceRecorder("t1", "command", HandClock())
    with recorder.step("only"):
        pass
    done = recorder.finish("done")
    assert (len(done.steps), done.left_out) == (1, 0)


@pytest.mark.parametrize("before", range(LONGEST_NOTE - 60, LONGEST_NOTE + 1, 3))
def test_no_cut_runs_through_a_secret(before: int) -> None:
    """Half of a token is not known for one any more, and says enough."""
    token = "ghp_" + "a1B2" * 9
    recorder = TraceRecorder("t1", "command", HandClock())
    with recorder.step("post", "a" * (before - 1) + " " + token):
        pass
    (step_,) = recorder.steps
    assert "a1B2" not in step_.note
    assert "ghp_a" not in step_.note


@pytest.mark.parametrize(
    ("said", "segment"),
    [
        ("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", "1-5759e988-bd862e3fe1be46a994272793"),
        ("Parent=53995c3f42cd8ad8;Root=1-5759e988-bd862e3fe1be46a994272793", "1-5759e988-bd862e3fe1be46a994272793"),
        ("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0", ""),
        ("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0;Lineage=1:a", ""),
        ("", ""),
        ("Root=1-5759e988-bd86", ""),
        ("Root=https://u:S3cret99@h/", ""),
    ],
)  # fmt: skip
def test_a_trace_knows_its_segment_in_x_ray(monkeypatch: pytest.MonkeyPatch, said: str, segment: str) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", said)
    assert TraceRecorder("t1", "tick", HandClock()).finish("done").xray == segment
