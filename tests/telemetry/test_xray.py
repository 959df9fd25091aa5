"""X-Ray: only in workers, never a URL or a token, and never in the interactions function."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_lambda_powertools.tracing import Tracer

from orchestrator.telemetry import xray


def test_xray_does_nothing_outside_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    assert xray.enable_xray() is False
    xray.annotate("rollout", "prisma-1")
    with xray.subsegment("write"):
        pass
    with pytest.raises(ValueError, match="goes on"), xray.subsegment("write"):
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
    monkeypatch.setattr(xray, "_tracer", None)
    monkeypatch.setattr(Tracer, "_default_config", dict(Tracer._default_config))
    kept = Kept()
    monkeypatch.setattr(xray_recorder, "_emitter", kept)
    assert xray.enable_xray() is True
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "false")
    segment = xray_recorder.begin_segment("test", sampling=1)
    with xray.subsegment("post https://u:S3cret99@h/"):
        xray.annotate("rollout", "prisma-1")
        xray.annotate("bot_token", "S3cret99")
    with pytest.raises(ValueError, match="S3cret99"), xray.subsegment("write"):
        raise ValueError("https://u:S3cret99@h/")
    xray_recorder.end_segment()
    shipped = json.dumps(segment.to_dict(), default=str) + "".join(kept.sent)
    assert "S3cret99" not in shipped
    assert "prisma-1" in shipped
    assert requests.Session.request is before
