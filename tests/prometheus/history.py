"""An hour in the past of a made-up shop, scraped every 15 seconds, with what happened in it known to the second.

`T` is the middle of the hour. Minutes are counted from it: event at 2.5 is at T + 150 s.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

MINUTE, DAY = 60, 86_400
SCRAPE = 15
T = int(time.time()) // DAY * DAY - 2 * DAY + 12 * 3_600
LONG = 9 * DAY
"""So far back reaches `ticks_total`, one a minute."""

Sample = tuple[str, float, float]
"""Labels, seconds from T, figure."""


def scrapes(first: float, last: float) -> Iterator[int]:
    """The instants, in seconds from T, of scrapes from minute `first` until before minute `last`."""
    return iter(range(int(first * MINUTE) + 5, int(last * MINUTE), SCRAPE))


def counter(labels: str, first: float, last: float, events: Iterable[float], base: int = 0) -> Iterator[Sample]:
    """A process that starts at minute `first` with `base` and is gone at `last`."""
    happened = [event * MINUTE for event in events]
    for at in scrapes(first, last):
        yield labels, at, base + sum(first * MINUTE <= event <= at for event in happened)


def level(labels: str, first: float, last: float, figure: Callable[[float], float]) -> Iterator[Sample]:
    return ((labels, at, figure(at / MINUTE)) for at in scrapes(first, last))


def histogram(labels: str, took: Iterable[tuple[float, float]], bounds: Iterable[str]) -> Iterator[tuple[str, Sample]]:
    """Requests as (minute, seconds they took)."""
    requests = list(took)
    for bound in bounds:
        within = [at for at, seconds in requests if seconds <= float(bound)]
        for sample in counter(f'{labels},le="{bound}"', -10, 10, within, base=100):
            yield "_bucket", sample
    for sample in counter(labels, -10, 10, [at for at, _ in requests], base=100):
        yield "_count", sample


JOB = 'job="shop",instance="a:80"'
OTHER = 'job="shop",instance="b:80"'
TOOK = [(0.5, 0.1), (0.6, 0.3), (1.5, 0.25), (1.6, 2.0), (3.5, 0.9)]

FAMILIES: list[tuple[str, str, list[tuple[str, Sample]]]] = []


def family(name: str, kind: str, *series: Iterable[Sample], suffix: str = "") -> None:
    FAMILIES.append((name, kind, [(suffix, sample) for one in series for sample in one]))


family("orders", "counter", counter(JOB, -10, 10, [0.5, 0.6, 2.5, 3.2, 3.3, 3.4], base=50), suffix="_total")
family(
    "restarted",
    "counter",
    counter(JOB, -10, 1.9, [-5, -4, 0.5, 1.5]),
    counter(JOB, 2, 10, [2.5, 3.5, 3.6]),
    suffix="_total",
)
family(
    "payments",
    "counter",
    counter(f'{JOB},status="ok"', -10, 10, [minute + 0.5 for minute in range(10)]),
    # First shown with its first event.
    counter(f'{JOB},status="failed"', 2.1, 10, [2.1, 4.5]),
    suffix="_total",
)
family("rare", "counter", counter(JOB, 3.1, 10, [3.1]), suffix="_total")
family("newcomer", "counter", counter('job="cart",instance="c:80"', 3.1, 10, [4.5], base=9_000), suffix="_total")
family("gone", "counter", counter(JOB, -10, 1, [-8]), counter(JOB, 8, 12, [], base=4), suffix="_total")
family("up", "gauge", level(JOB, -10, 10, lambda _: 1), level('job="cart",instance="c:80"', 3.1, 10, lambda _: 1))
family("depth", "gauge", level(JOB, -10, 10, lambda at: at // 1), level(OTHER, -10, 10, lambda at: 100 + at // 1))
family("ratio", "gauge", level(JOB, -10, 10, lambda at: float("nan") if 1 <= at < 2 else at // 1))
family(
    "helpers",
    "counter",
    counter(f'{JOB},bucket="1"', -10, 10, []),
    counter(f'{JOB},bucket="2-5"', 3, 10, []),
    counter(f'{JOB},bucket="old"', -10, -6, []),
    suffix="_total",
)
FAMILIES.append(("took_seconds", "histogram", list(histogram(JOB, TOOK, ("0.25", "0.5", "1.0", "+Inf")))))
FAMILIES.append(
    ("ticks", "counter", [("_total", ("", at, float(at // 60 + LONG // 60))) for at in range(-LONG, 600, 60)])
)


def openmetrics() -> str:
    """All of it, as promtool reads it."""
    lines = []
    for name, kind, samples in FAMILIES:
        lines.append(f"# TYPE {name} {kind}\n")
        lines += [f"{name}{suffix}{{{labels}}} {figure} {T + round(at)}\n" for suffix, (labels, at, figure) in samples]
    return "".join([*lines, "# EOF\n"])
