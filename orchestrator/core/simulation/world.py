"""The made-up world of a scenario: what the signals measure, how alarms stand, what probes answer.

Before the start it has been as the scenario begins for ever, so that there is something to compare with. What is
turned counts from the minute in which it was turned. A signal of which nothing was said is silent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from math import floor

from orchestrator.core.plan import Plan
from orchestrator.core.signals import (
    MINUTE,
    AlarmReading,
    AlarmState,
    CountSignal,
    LatencySignal,
    Measurement,
    MetricQuery,
    PromQuery,
    RatioSignal,
    SetSignal,
    Signal,
    Wanted,
)
from orchestrator.core.simulation import draws
from orchestrator.core.simulation.scenario import Knobs, Scenario, Turns

DAY = 86_400

TRAFFIC = 60.0
"""Requests a minute where neither scenario nor plan says how many."""

INSIDE, OUTSIDE = 0.2, 5.0
"""A latency that is given as one value: the share of slow requests, as a multiple of what its quantile allows."""

_SLOWER = re.compile(r'TC\(([^:]+):\)|le="([^"]+)"')

_Share = Callable[[Knobs], float | None]

Minute = tuple[float | None, float | None]
"""Bad events and all events of a ratio, a count or a level and None; None where there is no data."""

NOTHING: Minute = (None, None)


class World:
    """It answers like ports.Signals, from the scenario alone."""

    def __init__(self, plan: Plan, scenario: Scenario) -> None:
        self._seed = scenario.seed
        self._plan_signals = plan.signals_by_name
        self._behaviour = {signal.name: _Behaviour(scenario.signals.get(signal.name)) for signal in plan.signals}
        self._drawn: dict[tuple[Signal, int], _Day] = {}
        long_ago = scenario.start - 90 * 86_400
        self._alarms = {
            name: AlarmReading(name=name, state=scenario.alarms.get(name, "OK"), since=long_ago)
            for name in plan.alarms()
        }
        self.unsaid = tuple(signal.name for signal in plan.signals if signal.name not in scenario.signals)

    def measure(self, wanted: Sequence[Wanted], now: int) -> dict[Wanted, Measurement]:
        return {question: self._answer(question) for question in wanted}

    def alarms(self, names: Sequence[str]) -> dict[str, AlarmReading]:
        return {name: self._alarms[name] for name in names if name in self._alarms}

    def _answer(self, wanted: Wanted) -> Measurement:
        behaviour = self._behaviour[wanted.signal.name]
        if behaviour.now.broken:
            return Measurement(status="error", detail="the scenario says that its source is broken")
        if isinstance(wanted.signal, LatencySignal):
            return Measurement(status="error", detail="a latency is measured against a bound")
        if isinstance(wanted.signal, SetSignal):
            return Measurement(members=behaviour.members(wanted.start, wanted.end))
        series: dict[int, float] = {}
        total: dict[int, float] = {}
        for day in range(wanted.start // DAY * DAY, wanted.end, DAY):
            held = self._day(wanted.signal, day)
            minutes = range(max(wanted.start, day), min(wanted.end, day + DAY), MINUTE)
            place = slice((minutes.start - day) // MINUTE, (minutes.stop - day) // MINUTE)
            series.update(held.first.between(place, minutes))
            total.update(held.second.between(place, minutes))
        return Measurement(series=series, total=total)

    def _day(self, signal: Signal, day: int) -> _Day:
        """The minutes of a day, drawn once; those to come as they will be if nothing is turned."""
        held = self._drawn.get((signal, day))
        if held is None:
            draw, behaviour = self._drawing(signal), self._behaviour[signal.name]
            minutes = [draw(at, behaviour.at(at)) for at in range(day, day + DAY, MINUTE)]
            held = self._drawn[signal, day] = _Day(minutes)
        return held

    def _drawing(self, signal: Signal) -> Callable[[int, Knobs], Minute]:
        """How a minute of this signal is drawn. A ratio under the name of a latency asks for its slow requests."""
        named = self._plan_signals[signal.name]
        if isinstance(signal, RatioSignal):
            slow = named if isinstance(named, LatencySignal) else None
            return lambda minute, knobs: self._ratio(signal, minute, knobs, slow)
        if isinstance(signal, CountSignal):
            return lambda minute, knobs: self._count(signal, minute, knobs)
        return lambda minute, knobs: NOTHING if knobs.silent else (knobs.value, None)

    def _ratio(self, signal: RatioSignal, minute: int, knobs: Knobs, slow: LatencySignal | None) -> Minute:
        rate = _or(knobs.rate, 0.0)
        if slow is not None and knobs.rate is None:
            if knobs.value is None:
                return NOTHING
            rate = slow_share(slow, signal, knobs.value)
        if knobs.silent:
            return NOTHING
        traffic = _or(knobs.per_minute, signal.per_minute or TRAFFIC)
        n = draws.whole(traffic, self._chance(signal, minute, 0))
        if not n:
            return NOTHING
        return float(draws.binomial(n, rate, self._chance(signal, minute, 1))), float(n)

    def _count(self, signal: CountSignal, minute: int, knobs: Knobs) -> Minute:
        """Whole numbers come exactly so often every minute; with others, chance decides."""
        often = knobs.value if knobs.value is not None else knobs.per_minute
        if knobs.silent or often is None:
            return NOTHING
        return (often if _is_whole(often) else float(draws.poisson(often, self._chance(signal, minute, 1)))), None

    def _chance(self, signal: Signal, minute: int, stream: int) -> float:
        return draws.uniform(self._seed, signal.name, minute // MINUTE * 2 + stream)

    def is_steady(self, signal: Signal) -> bool:
        """Whether every minute from now on holds the same: then only a window that moves can change a verdict."""
        knobs = self._behaviour[signal.name].now
        if knobs.silent or knobs.broken:
            return True
        match self._plan_signals[signal.name]:
            case RatioSignal(per_minute=declared):
                return _or(knobs.rate, 0.0) in (0.0, 1.0) and _is_whole(_or(knobs.per_minute, declared or TRAFFIC))
            case LatencySignal():
                return False
            case CountSignal():
                return _is_whole(knobs.value if knobs.value is not None else _or(knobs.per_minute, 0.0))
        return True

    def turn(self, event: Turns, now: int) -> None:
        """Merge into how the signal behaves. The minutes before are drawn again as they were."""
        minute = now // MINUTE * MINUTE
        self._behaviour[event.signal].turn(event, minute)
        stale = [key for key in self._drawn if key[0].name == event.signal and key[1] + DAY > minute]
        for key in stale:
            del self._drawn[key]

    def set_alarm(self, name: str, state: AlarmState, now: int) -> AlarmReading:
        self._alarms[name] = AlarmReading(name=name, state=state, since=now)
        return self._alarms[name]


class _Day:
    """Every minute of one day, by its two numbers."""

    def __init__(self, minutes: Sequence[Minute]) -> None:
        self.first = _Column([first for first, _ in minutes])
        self.second = _Column([second for _, second in minutes])


class _Column:
    """Long windows are asked for every minute: where all of it has data, or nothing, no minute is looked at."""

    def __init__(self, values: list[float | None]) -> None:
        self._values = values
        self._there = [value for value in values if value is not None]

    def between(self, place: slice, minutes: range) -> Iterable[tuple[int, float]]:
        if not self._there:
            return ()
        if len(self._there) == len(self._values):
            return zip(minutes, self._there[place], strict=True)
        return ((at, value) for at, value in zip(minutes, self._values[place], strict=True) if value is not None)


class _Behaviour:
    """What one signal does, and since when; the first of it for ever. None is silence for want of any word, which
    whatever is said later ends."""

    def __init__(self, first: Knobs | None) -> None:
        self._is_unsaid = first is None
        self._turns: list[tuple[int, Knobs]] = [(0, first or Knobs(silent=True))]

    @property
    def now(self) -> Knobs:
        return self._turns[-1][1]

    def turn(self, event: Turns, minute: int) -> None:
        before = Knobs() if self._is_unsaid else self.now
        self._is_unsaid = False
        self._turns.append((minute, before.turned(event.changes)))

    def at(self, minute: int) -> Knobs:
        return next(knobs for since, knobs in reversed(self._turns) if since <= minute)

    def members(self, start: int, end: int) -> tuple[str, ...]:
        """Everything that was a member at any time in [start, end)."""
        ends = [*(since for since, _ in self._turns[1:]), end]
        seen = [
            member
            for (since, knobs), until in zip(self._turns, ends, strict=True)
            if since < end and max(since, start) < until and not knobs.silent
            for member in knobs.members or ()
        ]
        return tuple(dict.fromkeys(seen))


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _is_whole(number: float) -> bool:
    return number == floor(number)


def slow_share(latency: LatencySignal, asked: RatioSignal, value: float) -> float:
    """The share of requests slower than the bound that `asked` carries in its query, where the latency is `value`."""
    query = asked.bad
    text = query.stat if isinstance(query, MetricQuery) else query.expr if isinstance(query, PromQuery) else ""
    found = _SLOWER.search(text)
    if found is None:
        return 1.0  # every request is asked for, to see whether there are any
    bound, allowed = float(found[1] or found[2]) * latency.per_unit, 1 - float(latency.quantile)
    return min(1.0, allowed * (INSIDE if value < bound else OUTSIDE))
