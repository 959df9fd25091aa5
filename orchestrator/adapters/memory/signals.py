"""Signals in memory, by the plan's names: what the world measures in a simulation, a sandbox or a test."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.adapters.memory.faults import Faulty
from orchestrator.core.signals import MINUTE, AlarmReading, AlarmState, Measurement, RatioSignal, Wanted
from orchestrator.ports import Signals, SwitchbackError, Unavailable


class MemorySignals(Faulty, Signals):
    """`broken` maps a signal to what is wrong with it; `pending` holds signals whose answer is not ready yet.
    Both are changed at will. A fault in `fail_next` is an error for every signal asked, and Unavailable for
    alarms."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: dict[str, str] = {}
        self.pending: set[str] = set()
        self._series: dict[str, dict[int, float]] = {}
        self._total: dict[str, dict[int, float]] = {}
        self._alarms: dict[str, AlarmReading] = {}

    def put(self, name: str, at: int, value: float | None = None, *, total: float | None = None) -> None:
        """What signal `name` shows in the minute of `at`; for a ratio the bad events and, as `total`, all of
        them.

        None leaves that number as it is. Revising a minute is putting it again.
        """
        minute = at // MINUTE * MINUTE
        if value is not None:
            self._series.setdefault(name, {})[minute] = value
        if total is not None:
            self._total.setdefault(name, {})[minute] = total

    def forget(self, name: str) -> None:
        """The signal has no data any more."""
        self._series.pop(name, None)
        self._total.pop(name, None)

    def set_alarm(self, name: str, state: AlarmState, since: int, reason: str = "") -> None:
        self._alarms[name] = AlarmReading(name=name, state=state, since=since, reason=reason)

    def delete_alarm(self, name: str) -> None:
        self._alarms.pop(name, None)

    def measure(self, wanted: Sequence[Wanted], now: int) -> dict[Wanted, Measurement]:
        try:
            self._maybe_fail()
        except SwitchbackError as fault:
            return dict.fromkeys(wanted, Measurement(status="error", detail=str(fault)))
        return {question: self._measurement(question) for question in wanted}

    def alarms(self, names: Sequence[str]) -> dict[str, AlarmReading]:
        try:
            self._maybe_fail()
        except SwitchbackError as fault:
            raise Unavailable(str(fault)) from None
        return {name: self._alarms[name] for name in names if name in self._alarms}

    def _measurement(self, question: Wanted) -> Measurement:
        name = question.signal.name
        if name in self.broken:
            return Measurement(status="error", detail=self.broken[name])
        if name in self.pending:
            return Measurement(status="pending", detail="the answer is not ready yet")
        series = _inside(self._series.get(name, {}), question)
        if isinstance(question.signal, RatioSignal):
            return Measurement(series=series, total=_inside(self._total.get(name, {}), question))
        return Measurement(series=series)


def _inside(series: dict[int, float], question: Wanted) -> dict[int, float]:
    """Goes by the shorter of the two, so that a month of minutes in memory does not slow each question."""
    minutes = range(-(-question.start // MINUTE) * MINUTE, question.end, MINUTE)
    if len(series) < len(minutes):
        return {at: series[at] for at in sorted(series) if question.start <= at < question.end}
    return {at: series[at] for at in minutes if at in series}
