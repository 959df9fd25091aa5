"""Metrics: one JSON line for each set of dimensions, in Lambda alone."""

from __future__ import annotations

import json

import pytest

from orchestrator.telemetry import metrics


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
