"""Redaction and logging, side by side in one run: `python benchmarks/redaction.py`.

Times depend on the machine, ratios hardly. Three tables: speed, recall and damage against a naive loop of
patterns and a key pattern as many projects carry one; growth of the time when the input doubles; and a log
line against powertools' own Logger.
"""

from __future__ import annotations

import io
import re
import runpy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aws_lambda_powertools.logging import Logger

from orchestrator.core.redaction import MASK, redact
from orchestrator.core.redaction.rules import CONTEXTS, FORMS
from orchestrator.telemetry.logs import configure, get_logger

ROOT = Path(__file__).resolve().parent.parent
CORPUS = runpy.run_path(str(ROOT / "tests" / "core" / "redaction_corpus.py"))
PATTERNS = [rule.pattern for family in FORMS + CONTEXTS for rule in family.rules][:30]
KEY_PATTERN = re.compile(
    r"(?i)((?:password|passwd|secret|token|api_?key|auth\w*|credential)\w*[\"']?\s*[=:]\s*[\"']?)([^\s\"',;&]+)"
)
MIB = 1 << 20
SHAPES = {
    "a": "a",
    "word": "word ",
    "key=": "key=",
    "password=": "password=",
    'password="': 'password="',
    "password:": "password: ",
    "token": "token ",
    "BEGIN": "-----BEGIN ",
    "BEGIN key": "-----BEGIN RSA PRIVATE KEY-----",
    "END key": "-----END RSA PRIVATE KEY-----",
    "nested": '{"a":',
    "backslash": "\\",
    "escaped quote": '\\"',
    "quote change": "password='\"",
    "eyJ": "eyJ",
    "eyJ-": "eyJ-",
    "jwt head": "eyJhbGciaaa.",
    "://": "://",
    "database url": "postgres://a:",
    "user@": "user:pass1@",
    "@": "@",
    "space": " ",
    "tag": "<a>",
    "password tag": "<password>",
    "mysql": "mysql ",
    "option": " --password ",
    "name": '"name": "',
    "bearer": "bearer+",
    "bot token": "abcdefghijklmnopqrstuvwx.abcdef.",
    "slash": "/",
    "percent": "password%3D",
    "cookie": "Cookie: a=b; ",
    "base64": "aA1+/",
    "line ends": "\n",
    "colour": "\x1b[31m",
    "html quote": "&quot;password&quot;",
    "list": "'password', '",
    "AUTH": "AUTH PLAIN ",
}


def best(work: Callable[[], Any], times: int = 3) -> float:
    """Seconds of the fastest of some runs."""
    took = []
    for _ in range(times):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


def naive(line: str) -> str:
    for pattern in PATTERNS:
        line = pattern.sub(MASK, line)
    return line


def by_key(line: str) -> str:
    return KEY_PATTERN.sub(rf"\1{MASK}", line)


def compare() -> None:
    planted, clean = list(CORPUS["planted"](seed=99)), CORPUS["clean_lines"](seed=99)
    texts = [row.line for row in planted]
    size = sum(map(len, clean)) / 1e6
    print(f"{'':24}{'MB/s clean':>12}{'MB/s secrets':>14}{'recall':>9}{'damage':>9}{'ratio':>8}")
    base = 0.0
    for name, work in (("loop of 30 patterns", naive), ("one key pattern", by_key), ("switchback", redact)):
        fast = size / best(lambda work=work: [work(line) for line in clean])
        busy = sum(map(len, texts)) / 1e6 / best(lambda work=work: [work(line) for line in texts], 1)
        found = sum(not any(part in work(row.line) for part in row.secret.split("\n")) for row in planted) / len(
            planted
        )
        damaged = sum(work(line) != line for line in clean) / len(clean)
        base = base or fast
        print(f"{name:24}{fast:12.2f}{busy:14.2f}{found:9.1%}{damaged:9.1%}{fast / base:8.2f}")


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
    growth()
    logging_cost()
