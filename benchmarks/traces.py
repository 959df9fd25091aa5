"""Traces, side by side in one run: `python benchmarks/traces.py`.

Times depend on the machine, ratios hardly. The warm copy against cachetools' own LRU, to which it adds a lock, a
guild and redaction; a step that is recorded against one that is not; and what a whole trace costs beside the calls.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

from cachetools import LRUCache

from orchestrator.adapters.warm_traces import WarmTraces
from orchestrator.core.trace import KEPT, Step, TraceRecord, redacted
from orchestrator.telemetry.tracing import TraceRecorder, recording, step

NAMES = [f"trace-{number:017d}" for number in range(KEPT * 2)]
STEPS = tuple(Step(name=f"step {number}", ms=number, note="CloudWatch: api_5xx, read_p95") for number in range(12))


def best(work: Callable[[], Any], count: int, times: int = 5) -> float:
    """Microseconds for one of `count`, in the fastest of some runs."""
    took = []
    for _ in range(times):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took) / count * 1e6


def record(name: str) -> TraceRecord:
    return TraceRecord(
        id=name, kind="command", at=1, duration_ms=41, outcome="done", reason="rolled back by eng-oncall",
        actor="300000000000000001", guild_id="g1", command="roll back shop", rollout="shop-1", steps=STEPS,
    )  # fmt: skip


def against_a_plain_lru() -> None:
    records = [record(name) for name in NAMES]
    plain: LRUCache[tuple[str, str], TraceRecord] = LRUCache(maxsize=KEPT)
    ours = WarmTraces()
    rounds = 20
    count = rounds * len(records)

    def put_plain() -> None:
        for _ in range(rounds):
            for each in records:
                plain[each.guild_id, each.id] = each

    def put_ours() -> None:
        for each in records:
            ours.put(each)

    def redact_only() -> None:
        for each in records:
            redacted(each)

    def get_plain() -> None:
        for _, name in itertools.product(range(rounds), NAMES):
            plain.get(("g1", name))

    def get_ours() -> None:
        for _, name in itertools.product(range(rounds), NAMES):
            ours.get("g1", name)

    masking = best(redact_only, len(records))
    putting = best(put_plain, count), best(put_ours, len(records))
    print(f"{'µs each':32}{'cachetools':>12}{'switchback':>12}{'ratio':>8}")
    for what, theirs, mine in (
        ("get, half of them there", best(get_plain, count), best(get_ours, count)),
        ("put, without the redaction", putting[0], max(0.0, putting[1] - masking)),
        ("put, 12 steps redacted", *putting),
    ):
        print(f"{what:32}{theirs:12.2f}{mine:12.2f}{mine / theirs:8.1f}")


def steps() -> None:
    count = 2_000

    def walk() -> None:
        for _ in range(count):
            with step("look at signals") as said:
                said.note = "CloudWatch: api_5xx, read_p95; Prometheus: rollbacks"

    def recorded() -> None:
        for _ in range(count // 10):
            with recording(TraceRecorder("t", "tick", lambda: 0)):
                for _ in range(10):
                    with step("look at signals") as said:
                        said.note = "CloudWatch: api_5xx, read_p95; Prometheus: rollbacks"

    bare, kept = best(walk, count), best(recorded, count)
    print(f"\na step: {bare:.1f} µs where nothing is recorded, {kept:.1f} µs recorded and redacted, {kept / bare:.1f}x")


def whole_trace() -> None:
    count = 200

    def run() -> None:
        for _ in range(count):
            recorder = TraceRecorder("t", "tick", lambda: 0)
            with recording(recorder):
                for number in range(12):
                    with step(f"step {number}") as said:
                        said.note = "CloudWatch: api_5xx, read_p95"
            recorder.finish("advance", "soak is over and every gate is open", rollout="shop-1")

    print(f"a trace of 12 steps, finished: {best(run, count) / 1000:.2f} ms, beside some 50 ms of calls to AWS")


if __name__ == "__main__":
    against_a_plain_lru()
    steps()
    whole_trace()
