"""The quality of decisions: our safeguard beside the rules of others, on the same traffic.

    python benchmarks/decisions.py [--runs 3000] [--bound 1%] [--seed 1] [--quick]

How often does a rule roll back a healthy day, how long does it need to see a real regression, and how many requests go
wrong meanwhile? Chance is seeded: the same seed gives the same table. Two processes; a line of progress on stderr.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor

from orchestrator.core.simulation.draws import binomial
from orchestrator.core.statistics import watch_rate

DAY = 1440
TRAFFIC = (10, 100, 1_000, 10_000)
REGRESSIONS = (2, 5, 20)
HEALTHY = (0.5, 0.9)
HISTORY = 240
"""Minutes of a healthy service before it breaks."""
RHO = 0.005
SOAKS = 16 * 5
"""Day-long soaks in a rollout of 16 days with five signals."""

Minute = tuple[int, int]
Rule = Callable[[Iterator[Minute], float], Iterator[bool]]


# -- traffic ----------------------------------------------------------------------------------------------------------


def independent(chance: random.Random, rate: float, n: int, minutes: int) -> list[Minute]:
    return [(binomial(n, rate, chance.random()), n) for _ in range(minutes)]


def bursty(chance: random.Random, rate: float, n: int, minutes: int) -> list[Minute]:
    """Ten errors of one client, once a day, in one minute."""
    made = independent(chance, rate, n, minutes)
    for start in range(0, minutes, DAY):
        at = chance.randrange(start, min(start + DAY, minutes))
        made[at] = (min(made[at][0] + 10, n), n)
    return made


def correlated(chance: random.Random, rate: float, n: int, minutes: int) -> list[Minute]:
    """Each minute has a rate of its own, Beta distributed: an intra-minute correlation of RHO."""
    mass = 1 / RHO - 1
    rates = (chance.betavariate(rate * mass, (1 - rate) * mass) for _ in range(minutes))
    return [(binomial(n, min(own, 0.999999), chance.random()), n) for own in rates]


def drifting(chance: random.Random, rate: float, n: int, minutes: int) -> list[Minute]:
    """A slow wave between half of the rate and the whole of it."""
    phase = chance.random() * math.tau
    own = (rate * (0.75 + 0.25 * math.sin(math.tau * at / 700 + phase)) for at in range(minutes))
    return [(binomial(n, each, chance.random()), n) for each in own]


def daily(chance: random.Random, rate: float, n: int, minutes: int) -> list[Minute]:
    """Day and night: traffic between a tenth and the whole, the rate between 60 % and the whole of it."""
    phase, made = chance.random() * math.tau, []
    for at in range(minutes):
        turn = math.tau * at / DAY + phase
        own = max(1, round(n * (0.55 + 0.45 * math.sin(turn))))
        made.append((binomial(own, rate * (0.8 + 0.2 * math.sin(turn + 1)), chance.random()), own))
    return made


def clustered(chance: random.Random, rate: float, n: int, minutes: int) -> list[Minute]:
    """As in access logs: bad spells of some minutes, during which the rate is three times the usual one."""
    made, spell = [], 0
    usual = rate / 1.07  # so that the mean is the rate: a spell of five minutes every two and a half hours
    for _ in range(minutes):
        if spell:
            spell -= 1
        elif chance.random() < 1 / 150:
            spell = 1 + int(chance.expovariate(1 / 4))
        own = usual * (3.0 if spell else 1.0)
        made.append((binomial(n, min(own, 0.99), chance.random()), n))
    return made


KINDS: dict[str, Callable[[random.Random, float, int, int], list[Minute]]] = {
    "independent": independent,
    "one burst of ten a day": bursty,
    "correlated 0.005": correlated,
    "drifting": drifting,
    "day and night": daily,
    "clustered spells": clustered,
}


STEADY = tuple(kind for kind in KINDS if kind != "clustered spells")
"""In a clustered spell a healthy service is truly over its bound, for minutes: it is not counted with the others."""


# -- rules ------------------------------------------------------------------------------------------------------------


def switchback(minutes: Iterator[Minute], bound: float) -> Iterator[bool]:
    watch = watch_rate(bound)
    for minute in minutes:
        watch = watch.fold((minute,))
        yield watch.breached


def five_bad_minutes(minutes: Iterator[Minute], bound: float) -> Iterator[bool]:
    """Flagger: a check a minute, rolled back at the fifth that failed."""
    failed = 0
    for k, n in minutes:
        failed += n > 0 and k / n > bound
        yield failed >= 5


def _over_five_minutes(minutes: Iterator[Minute], bound: float) -> Iterator[bool]:
    newest: list[Minute] = []
    for minute in minutes:
        newest = [*newest[-4:], minute]
        n = sum(all_ for _, all_ in newest)
        yield n > 0 and sum(bad for bad, _ in newest) / n > bound


def no_failure_allowed(minutes: Iterator[Minute], bound: float) -> Iterator[bool]:
    """Argo Rollouts by default: the rate over five minutes, failureLimit 0."""
    yield from _over_five_minutes(minutes, bound)


def four_failures(minutes: Iterator[Minute], bound: float) -> Iterator[bool]:
    """Argo Rollouts with failureLimit 3."""
    failed = 0
    for over in _over_five_minutes(minutes, bound):
        failed += over
        yield failed >= 4


def three_of_five(minutes: Iterator[Minute], bound: float) -> Iterator[bool]:
    """A CloudWatch alarm on the rate: 3 of 5 datapoints."""
    newest: list[bool] = []
    for k, n in minutes:
        newest = [*newest[-4:], n > 0 and k / n > bound]
        yield sum(newest) >= 3


RULES: dict[str, Rule] = {
    "Switchback": switchback,
    "five bad minutes (Flagger)": five_bad_minutes,
    "5 min, none allowed (Argo)": no_failure_allowed,
    "5 min, four failures (Argo)": four_failures,
    "3 of 5 datapoints (CloudWatch)": three_of_five,
}


# -- runs -------------------------------------------------------------------------------------------------------------


def fires(rule: Rule, made: list[Minute], bound: float) -> int | None:
    """The minute, counted from 1, in which the rule acts."""
    return next((at for at, acts in enumerate(rule(iter(made), bound), 1) if acts), None)


def healthy(kind: str, share: float, n: int, bound: float, runs: int, seed: int) -> dict[str, int]:
    """How many of so many healthy days each rule rolls back."""
    false = dict.fromkeys(RULES, 0)
    for run in range(runs):
        chance = random.Random(f"{seed} {kind} {share} {n} {run}")
        made = KINDS[kind](chance, share * bound, n, DAY)
        for name, rule in RULES.items():
            false[name] += fires(rule, made, bound) is not None
    return false


def broken(kind: str, times: int, n: int, bound: float, runs: int, seed: int) -> dict[str, tuple[float, float]]:
    """Minutes to act after a healthy history, and bad requests served until then, both medians. A rule that acts in the
    history is begun afresh when the regression begins."""
    longest = 600 if n >= 100 else 2_000
    found: dict[str, list[tuple[int, int]]] = {name: [] for name in RULES}
    for run in range(runs):
        chance = random.Random(f"{seed} {kind} x{times} {n} {run}")
        before = KINDS[kind](chance, 0.5 * bound, n, HISTORY)
        after = KINDS[kind](chance, min(times * bound, 0.95), n, longest)
        for name, rule in RULES.items():
            early = fires(rule, before, bound) is not None
            at = fires(rule, after if early else before + after, bound)
            took = longest if at is None else at - (0 if early else HISTORY)
            found[name].append((took, sum(bad for bad, _ in after[:took])))
    return {
        name: (statistics.median(t for t, _ in rows), statistics.median(b for _, b in rows))
        for name, rows in found.items()
    }


def limit(bound: float, times: int, n: int) -> float:
    """ln(1000) / KL(p || bound) / rate: what no rule of that certainty can beat on average, in minutes."""
    p = min(times * bound, 0.95)
    divergence = p * math.log(p / bound) + (1 - p) * math.log((1 - p) / (1 - bound))
    return math.log(1000) / divergence / n


def work(job: tuple[str, str, float, int, float, int, int]) -> tuple[tuple[str, str, float, int], object]:
    what, kind, level, n, bound, runs, seed = job
    if what == "healthy":
        return (what, kind, level, n), healthy(kind, level, n, bound, runs, seed)
    return (what, kind, level, n), broken(kind, int(level), n, bound, runs, seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200, help="healthy days for each cell (3,000 for a claim)")
    parser.add_argument("--bound", default="1%", help="the bound, in percent")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="20 days for each cell: does it run?")
    options = parser.parse_args()
    runs, bound = (20 if options.quick else options.runs), float(options.bound.rstrip("%")) / 100
    jobs = [("healthy", k, s, n, bound, runs, options.seed) for k in KINDS for s in HEALTHY for n in TRAFFIC]
    regressed = ("independent", "correlated 0.005", "clustered spells")
    few = max(10, min(200, runs))
    jobs += [("broken", k, t, n, bound, few, options.seed) for k in regressed for t in REGRESSIONS for n in TRAFFIC]
    results = run_all(jobs)
    say_healthy(results, runs, bound)
    say_broken(results, regressed, few, bound)


def run_all(jobs: list[tuple[str, str, float, int, float, int, int]]) -> dict[tuple[str, str, float, int], object]:
    results: dict[tuple[str, str, float, int], object] = {}
    began = time.monotonic()
    with ProcessPoolExecutor(max_workers=2) as pool:
        for number, (key, found) in enumerate(pool.map(work, jobs), 1):
            results[key] = found
            if sys.stderr.isatty() or number % 10 == 0:
                print(f"\r{number} of {len(jobs)} cells, {time.monotonic() - began:.0f} s", end="", file=sys.stderr)
    print(file=sys.stderr)
    return results


def say_healthy(results: dict[tuple[str, str, float, int], object], runs: int, bound: float) -> None:
    print(f"False rollbacks of a healthy day, {runs:,} days a cell, bound {bound:.2%}.")
    print(
        "Each cell: at 50 % / at 90 % of the bound, for " + ", ".join(f"{n:,}" for n in TRAFFIC) + " requests a minute."
    )
    for kind in KINDS:
        print(f"\n  {kind}")
        for name in RULES:
            cells = []
            for n in TRAFFIC:
                low, high = (results["healthy", kind, share, n] for share in HEALTHY)
                assert isinstance(low, dict)
                assert isinstance(high, dict)
                cells.append(f"{low[name] / runs:6.2%} / {high[name] / runs:7.2%}")
            print(f"    {name:32}" + "   ".join(cells))
    print(
        f"\nA healthy rollout of 16 days with five signals has {SOAKS} such days: at 50 % of the bound, false rollbacks"
    )
    for name in RULES:
        counted = [results["healthy", kind, HEALTHY[0], n] for kind in STEADY for n in TRAFFIC]
        days = runs * len(counted)
        false = sum(found[name] for found in counted if isinstance(found, dict))
        print(
            f"    {name:32}{SOAKS * false / days:10.4f} for each rollout, over all traffic ({false:,} of {days:,} days)"
        )


def say_broken(
    results: dict[tuple[str, str, float, int], object], kinds: tuple[str, ...], runs: int, bound: float
) -> None:
    print(f"\nMinutes from the regression to acting (median of {runs}, after {HISTORY} healthy minutes), [bad requests")
    print("served], and as a multiple of the limit ln(1000) / KL / rate. 1 is the least that a tick a minute can do.")
    for kind in kinds:
        for times in REGRESSIONS:
            print(f"\n  {kind}, {times} times the bound; the limit is "
                  + ", ".join(f"{limit(bound, times, n):.2g}" for n in TRAFFIC) + " minutes")  # fmt: skip
            for name in RULES:
                cells = []
                for n in TRAFFIC:
                    found = results["broken", kind, times, n]
                    assert isinstance(found, dict)
                    took, bad = found[name]
                    cells.append(f"{took:6.1f} [{bad:6.0f}] {took / limit(bound, times, n):6.1f}x")
                print(f"    {name:32}" + "   ".join(cells))


if __name__ == "__main__":
    main()
