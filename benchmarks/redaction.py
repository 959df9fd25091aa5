"""Redaction and logging, side by side in one run: `python benchmarks/redaction.py`.

Times depend on the machine, ratios hardly. Recall, damage and speed against others; growth of the time when the input
doubles; and a log line against powertools' own Logger. The secrets come from `tests/core/foreign_secrets.py`, made
from the vendors' formats, the ordinary lines from `tests/core/ordinary_lines.py`.

The others are no dependencies of ours, and are measured where they can be imported:
`PEERS=$(mktemp -d) && pip install --target $PEERS sentry-sdk scrubadub redact-secret && PYTHONPATH=$PEERS python benchmarks/redaction.py`
"""  # noqa: E501 (a command is one line)

from __future__ import annotations

import importlib
import io
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from aws_lambda_powertools.logging import Logger

from orchestrator.core.redaction import MASK, Redactor, redact
from orchestrator.telemetry.logs import configure, get_logger

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.core.foreign_secrets import Foreign, foreign
from tests.core.growth_shapes import SHAPES
from tests.core.ordinary_lines import ordinary_lines

KEY_PATTERN = re.compile(
    r"(?i)((?:password|passwd|secret|token|api_?key|auth\w*|credential)\w*[\"']?\s*[=:]\s*[\"']?)([^\s\"',;&]+)"
)
MIB = 1 << 20


def best(work: Callable[[], Any], times: int = 3) -> float:
    """Seconds of the fastest of some runs."""
    took = []
    for _ in range(times):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


Redact = Callable[[str], str]


def by_key(line: str) -> str:
    """A pattern as many projects carry one."""
    return KEY_PATTERN.sub(rf"\1{MASK}", line)


def sentry() -> Redact:
    """Scrubs events by their keys, so a line of JSON is given as the event it is."""
    scrubber = importlib.import_module("sentry_sdk.scrubber").EventScrubber(recursive=True)

    def scrub(line: str) -> str:
        try:
            data = json.loads(line)
        except ValueError:
            data = None
        event = {"extra": data if isinstance(data, dict) else {"line": line}}
        scrubber.scrub_event(event)
        same = isinstance(data, dict) and "AnnotatedValue" not in repr(event)
        return line if data is None or same else json.dumps(event["extra"], default=lambda _: MASK)

    return scrub


def scrubadub() -> Redact:
    clean: Redact = importlib.import_module("scrubadub").Scrubber().clean
    return clean


def redact_secret() -> Redact:
    module = importlib.import_module("redact_secret")
    return lambda line: str(module.scan_and_redact(line).text)


PEERS: dict[str, tuple[str, Callable[[], Redact]]] = {
    "one key pattern": ("", lambda: by_key),
    "sentry EventScrubber": ("sentry-sdk", sentry),
    "scrubadub": ("scrubadub", scrubadub),
    "redact-secret (Rust)": ("redact-secret", redact_secret),
    "switchback": ("", lambda: redact),
}


def leaks(row: Foreign, out: str) -> bool:
    return any(
        part in out for part in row.secret.replace("\\n", "\n").split("\n") if len(part) > 2 and part[:5] != "-----"
    )


def peers() -> Iterator[tuple[str, Redact]]:
    for name, (package, make) in PEERS.items():
        try:
            yield name, make()
        except ImportError:
            print(f"{name:24}{package} is not installed; see the head of this file")


def compare() -> None:
    planted, ordinary = list(foreign(seed=99)), list(ordinary_lines(10_000, seed=99))
    core = [row for row in planted if row.core]
    kept = [(row, part) for row in planted for part in row.kept]
    print(f"{len(planted)} secrets of {len({row.kind for row in planted})} kinds, {len(ordinary)} ordinary lines")
    print(f"{'':24}{'recall':>9}{'core':>9}{'kept':>9}{'damage':>9}{'MB/s':>8}")
    for name, work in peers():
        out = {row.line: work(row.line) for row in planted}
        found = sum(not leaks(row, out[row.line]) for row in planted) / len(planted)
        found_core = sum(not leaks(row, out[row.line]) for row in core) / len(core)
        stayed = sum(part in out[row.line] for row, part in kept) / len(kept)
        damaged = sum(work(line) != line for line in ordinary) / len(ordinary)
        few = ordinary if name != "scrubadub" else ordinary[:500]
        speed = megabytes(few) / best(lambda work=work, few=few: [work(line) for line in few])
        print(f"{name:24}{found:9.1%}{found_core:9.1%}{stayed:9.1%}{damaged:9.2%}{speed:8.2f}")


def megabytes(lines: list[str]) -> float:
    return sum(len(line.encode()) + 1 for line in lines) / 1e6


MIX = {
    "plain": "2025-09-26T09:00:00.123Z INFO worker-{} handled 41 items in 12.3 ms and went back to sleep\n",
    "access log": '10.0.0.{} - - [26/Sep/2025:09:00:00 +0000] "GET /v1/items?page=2 HTTP/1.1" 200 512\n',
    "json": '{{"level":"INFO","message":"flag read back","trace_id":"1-68d4f0aa-0123456789abcdef01234567","ms":{}}}\n',
}


def streams() -> None:
    """What `switchback redact` does: pieces of 64 KiB."""
    print("\nstreams in pieces, MB/s")
    texts = {name: "".join(form.format(number) for number in range(20_000)) for name, form in MIX.items()}
    texts["ordinary lines"] = "\n".join(ordinary_lines(20_000, seed=5))
    for name, text in texts.items():
        lines = text.splitlines(keepends=True)
        pieces = ["".join(lines[start : start + 500]) for start in range(0, len(lines), 500)]

        def work(pieces: list[str] = pieces) -> None:
            redactor = Redactor()
            for piece in pieces:
                redactor.feed(piece)

        print(f"  {name:24}{len(text.encode()) / 1e6 / best(work):6.2f}")


def growth() -> None:
    print("\ntime(1 MiB) / time(512 KiB), at most 2.5, and seconds for 1 MiB, at most 1")
    worst = 0.0
    for name, part in SHAPES.items():
        half, whole = (part * (size // len(part)) for size in (MIB // 2, MIB))
        short, full = best(lambda half=half: redact(half), 2), best(lambda whole=whole: redact(whole), 2)
        worst = max(worst, full / short)
        print(f"  {name:16}{full / short:8.2f}{full:8.2f} s{'  <- too much' if full / short > 2.5 or full > 1 else ''}")
    print(f"  worst ratio {worst:.2f}")


def logging_cost() -> None:
    extra = {"rollout": "prisma-1", "stage": "admin-reads", "flag": "PORTAL_PRISMA", "ms": 41, "version": 7, "ok": True}
    extra |= {
        "actor": "eng-oncall",
        "trace_id": "1-68d4f0aa-0123456789abcdef01234567",
        "decision": "hold",
        "reason": "no data",
    }
    plain = Logger(service="plain", stream=io.StringIO())
    configure("switchback", "dev", stream=io.StringIO())
    ours = get_logger()
    count = 3000

    def through(logger: Logger) -> float:
        return (
            best(lambda: [logger.info("flag written and read back", extra=extra) for _ in range(count)]) / count * 1e6
        )

    base, redacted = through(plain), through(ours)
    print(
        f"\na log line of 10 fields: powertools {base:.0f} µs, redacted {redacted:.0f} µs, ratio {redacted / base:.2f}"
    )


if __name__ == "__main__":
    compare()
    streams()
    growth()
    logging_cost()
