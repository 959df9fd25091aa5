from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from aws_lambda_powertools.tracing import Tracer
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from orchestrator.core.trace import TraceRecord
from orchestrator.telemetry import metrics, tracing
from orchestrator.telemetry.tracing import TraceRecorder, WarmTraces


class HandClock:
    def __init__(self) -> None:
        self.ms = 1_000_500

    def __call__(self) -> int:
        return self.ms


def record(trace_id: str, *, guild: str = "g1", actor: str = "alice", at: int = 1, **more: Any) -> TraceRecord:
    return TraceRecord(
        id=trace_id, kind="command", at=at, duration_ms=1, outcome="done", guild_id=guild, actor=actor, **more
    )


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


def test_nothing_in_a_finished_or_kept_trace_is_a_secret() -> None:
    recorder = TraceRecorder("t1", "command", HandClock())
    with recorder.step("post https://u:S3cret99@h/", note="token=S3cret99"):
        pass
    done = recorder.finish(
        "failed", "password=S3cret99", command="/flag set password=S3cret99", error="Bearer S3cret99S3cret99"
    )
    kept = WarmTraces()
    kept.put(record("t2", reason="password=S3cret99"))
    assert "S3cret99" not in repr(done) + repr(kept.get("g1", "t2"))


def test_the_least_recently_used_goes_and_one_used_again_is_moved_up() -> None:
    kept = WarmTraces(limit=3)
    for name in "abc":
        kept.put(record(name, actor=name))
    assert kept.get("g1", "a") is not None
    kept.put(record("d", actor="d"))
    assert kept.get("g1", "b") is None
    assert kept.last_for("g1", "c") is not None
    kept.put(record("e", actor="e"))
    assert [name for name in "acde" if kept.get("g1", name)] == ["c", "d", "e"]


def test_looking_for_the_last_one_moves_up_that_one_only() -> None:
    kept = WarmTraces(limit=3)
    kept.put(record("other", actor="bob"))
    kept.put(record("a", at=1))
    kept.put(record("b", at=2))
    assert kept.get("g1", "other") is not None
    last = kept.last_for("g1", "alice")
    assert last is not None
    assert last.id == "b"
    kept.put(record("c", at=3))
    assert kept.get("g1", "a") is None
    assert kept.get("g1", "other") is not None


def test_a_trace_of_another_guild_or_person_is_never_found() -> None:
    kept = WarmTraces()
    kept.put(record("t1", guild="g1", actor="alice"))
    assert kept.get("g2", "t1") is None
    assert kept.last_for("g2", "alice") is None
    assert kept.last_for("g1", "bob") is None


def test_the_same_id_in_two_guilds_is_two_traces() -> None:
    kept = WarmTraces()
    kept.put(record("t1", guild="g1", reason="one"))
    kept.put(record("t1", guild="g2", reason="two"))
    found = kept.get("g1", "t1")
    assert found is not None
    assert found.reason == "one"


def test_of_two_in_the_same_second_the_later_kept_is_the_last() -> None:
    kept = WarmTraces()
    kept.put(record("first", at=5))
    kept.put(record("second", at=5))
    last = kept.last_for("g1", "alice")
    assert last is not None
    assert last.id == "second"


def test_a_store_for_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="could not keep the newest"):
        WarmTraces(limit=0)


def test_many_threads_at_once_keep_the_limit() -> None:
    kept = WarmTraces(limit=100)

    def work(name: str) -> None:
        for n in range(200):
            kept.put(record(f"{name}-{n}", actor=name, at=n))
            last = kept.last_for("g1", name)
            if last is not None and last.id != f"{name}-{n}":  # None: the others were faster by a whole store
                wrong.append(last.id)
            done.append(1)

    done: list[int] = []
    wrong: list[str] = []
    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), len(kept), wrong) == (800, 100, [])


class LeastRecentlyUsed(RuleBasedStateMachine):
    """Against a plain list, most recently used last."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = WarmTraces(limit=4)
        self.model: list[tuple[str, str]] = []

    @rule(guild=st.sampled_from("ab"), name=st.sampled_from("123456"))
    def put(self, guild: str, name: str) -> None:
        self.kept.put(record(name, guild=guild))
        self.model = [key for key in self.model if key != (guild, name)] + [(guild, name)]
        self.model = self.model[-4:]

    @rule(guild=st.sampled_from("ab"), name=st.sampled_from("123456"))
    def get(self, guild: str, name: str) -> None:
        found = self.kept.get(guild, name)
        assert (found is not None) == ((guild, name) in self.model)
        if found is not None:
            self.model = [key for key in self.model if key != (guild, name)] + [(guild, name)]

    @invariant()
    def never_too_many(self) -> None:
        assert len(self.kept) == len(self.model)


TestLeastRecentlyUsed = LeastRecentlyUsed.TestCase
TestLeastRecentlyUsed.settings = settings(max_examples=40, stateful_step_count=25)


def test_xray_does_nothing_outside_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    assert tracing.enable_xray() is False
    tracing.annotate("rollout", "prisma-1")
    with tracing.subsegment("write"):
        pass
    with pytest.raises(ValueError, match="goes on"), tracing.subsegment("write"):
        raise ValueError("goes on")


def test_xray_in_a_worker_annotates_redacted_and_patches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import requests
    from aws_xray_sdk.core import xray_recorder

    class Kept:
        def __init__(self) -> None:
            self.sent: list[str] = []

        def send_entity(self, entity: Any) -> None:
            self.sent.append(entity.serialize())

    before = requests.Session.request
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "switchback-commands")
    monkeypatch.setenv("LAMBDA_TASK_ROOT", "/var/task")
    monkeypatch.setattr(tracing, "_tracer", None)
    monkeypatch.setattr(Tracer, "_default_config", dict(Tracer._default_config))
    kept = Kept()
    monkeypatch.setattr(xray_recorder, "_emitter", kept)
    assert tracing.enable_xray() is True
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "false")
    segment = xray_recorder.begin_segment("test", sampling=1)
    with tracing.subsegment("post https://u:S3cret99@h/"):
        tracing.annotate("rollout", "prisma-1")
        tracing.annotate("bot_token", "S3cret99")
    with pytest.raises(ValueError, match="S3cret99"), tracing.subsegment("write"):
        raise ValueError("https://u:S3cret99@h/")
    xray_recorder.end_segment()
    shipped = json.dumps(segment.to_dict(), default=str) + "".join(kept.sent)
    assert "S3cret99" not in shipped
    assert "prisma-1" in shipped
    assert requests.Session.request is before


def test_metrics_are_one_json_line_for_each_set_of_dimensions_and_redacted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    monkeypatch.setattr(metrics, "_named", {})
    metrics.name_source("switchback", "dev")
    metrics.count("FlagWrites", 2, flag="A")
    metrics.count("FlagWrites", flag="A")
    metrics.count("FlagWrites", flag="token=S3cret99X")
    metrics.duration("Rollback", 41)
    metrics.flush()
    out = capsys.readouterr().out
    first, second, third = (json.loads(line) for line in out.splitlines())
    assert first["FlagWrites"] == [2.0, 1.0]
    assert first["flag"] == "A"
    assert first["environment"] == "dev"
    assert second["flag"] == "token=[redacted]"
    assert "S3cret99X" not in out
    assert third["Rollback"] == [41.0]
    assert "flag" not in third
    assert third["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "Rollback", "Unit": "Milliseconds"}]


def test_a_flush_writes_each_metric_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    metrics.count("Ticks")
    metrics.flush()
    metrics.flush()
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_metrics_outside_lambda_or_out_of_range_say_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    metrics.count("Ticks")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    metrics.duration("Rollback", float("nan"))
    metrics.count("", 1)
    metrics.flush()
    assert capsys.readouterr().out == ""
