"""The recorded world: what the signals' sources answer for times that are over, read a day at a time.

It is asked like a made-up world. What was read once is kept, so that each minute is asked of the sources once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from orchestrator.core.signals import MINUTE, AlarmReading, AlarmState, Measurement, SetSignal, Signal, Wanted
from orchestrator.core.simulation.scenario import Turns

DAY, HOUR = 86_400, 3600

Fetch = Callable[[Sequence[Wanted]], Mapping[Wanted, Measurement]]
"""Asks the sources, and waits for what is pending. What it leaves out was not to be had."""


class History:
    """`end` is where the recording ends, epoch seconds. A set's members are known by the hour, not by the minute."""

    unsaid: tuple[str, ...] = ()

    def __init__(self, fetch: Fetch, end: int) -> None:
        self._fetch, self._end = fetch, end
        self._read: dict[tuple[Signal, int], Measurement] = {}
        self._series: dict[Signal, dict[int, float]] = {}
        self._total: dict[Signal, dict[int, float]] = {}

    def measure(self, wanted: Sequence[Wanted], now: int) -> dict[Wanted, Measurement]:
        missing = {
            (question.signal, at): None
            for question in wanted
            for at in _chunks(question)
            if (question.signal, at) not in self._read
        }
        self._learn(list(missing))
        return {question: self._answer(question) for question in wanted}

    def _learn(self, missing: Sequence[tuple[Signal, int]]) -> None:
        asked = {
            Wanted(signal=signal, start=at, end=min(at + _length(signal), self._end)): (signal, at)
            for signal, at in missing
        }
        answers = self._fetch(list(asked)) if asked else {}
        for question, key in asked.items():
            answer = answers.get(question, Measurement(status="error", detail="its source did not answer"))
            self._read[key] = answer
            self._series.setdefault(question.signal, {}).update(answer.series)
            self._total.setdefault(question.signal, {}).update(answer.total)

    def _answer(self, wanted: Wanted) -> Measurement:
        parts = [self._read[wanted.signal, at] for at in _chunks(wanted)]
        if failed := next((part for part in parts if part.status != "ok"), None):
            return failed
        if isinstance(wanted.signal, SetSignal):
            return Measurement(members=tuple(dict.fromkeys(member for part in parts for member in part.members)))
        series, total = self._series.get(wanted.signal, {}), self._total.get(wanted.signal, {})
        return Measurement(series=_between(series, wanted), total=_between(total, wanted))

    def alarms(self, names: Sequence[str]) -> dict[str, AlarmReading]:
        """Nobody keeps how alarms stood: a replayed plan has none."""
        return {}

    def is_steady(self, signal: Signal) -> bool:
        return False

    def turn(self, event: Turns, now: int) -> None:
        raise ValueError("what is over cannot be changed")

    def set_alarm(self, name: str, state: AlarmState, now: int) -> AlarmReading:
        raise ValueError("what is over cannot be changed")


def _length(signal: Signal) -> int:
    return HOUR if isinstance(signal, SetSignal) else DAY


def _chunks(wanted: Wanted) -> range:
    """The beginnings of the days, or hours, that the question touches."""
    length = _length(wanted.signal)
    return range(wanted.start // length * length, wanted.end, length)


def _between(series: Mapping[int, float], wanted: Wanted) -> dict[int, float]:
    minutes = range(wanted.start, wanted.end, MINUTE)
    return {at: value for at in minutes if (value := series.get(at)) is not None}
