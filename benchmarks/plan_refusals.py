"""How long it takes to refuse a file that was made to be slow, beside PyYAML alone on the same bytes.

The promise is one clear line in under 100 ms. Both sides run in one process, the best of five each.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import yaml

from orchestrator.core.plan_text import read_plan

BOMBS = {
    "billion laughs": b"a: &a [x]\n" + b"".join(b"b%d: &b%d [*a,*a]\n" % (i, i) for i in range(10_000)),
    "deep lists": b"[" * 4_000,
    "deep mappings": b"{a: " * 3_000,
    "many empty keys": b"{" + b"a," * 120_000 + b"}",
    "many duplicates": b"a: 1\n" * 50_000,
    "many tabs": b"\t\n" * 120_000,
    "an open quote": b'a: "' + b"x" * 250_000,
    "a large file": b"a: 1\n" * 1_000_000,
}


def best_of_five(work: Callable[[], object]) -> float:
    """Milliseconds of the fastest run; what an earlier parser raises is its answer too."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        with suppress(yaml.YAMLError, RecursionError):
            work()
        took.append((time.perf_counter() - began) * 1000)
    return min(took)


def parsed(text: bytes) -> list[object]:
    return list(yaml.parse(text, Loader=yaml.CSafeLoader))


def main() -> None:
    print(f"{'file':<18} {'ours ms':>9} {'PyYAML ms':>10} {'ratio':>7}")
    for name, bomb in BOMBS.items():
        ours = best_of_five(partial(read_plan, bomb))
        plain = best_of_five(partial(parsed, bomb))
        print(f"{name:<18} {ours:>9.1f} {plain:>10.1f} {ours / plain:>7.2f}")


if __name__ == "__main__":
    main()
