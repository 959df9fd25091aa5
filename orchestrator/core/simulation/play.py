"""A rollout played against a scenario: the engine itself, in a loop over a virtual clock.

A tick comes every minute from the start, after whatever happens in that minute; minutes in which nothing can change are
passed over. `here` holds the state of that world, this module its time.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from orchestrator.core.calendar import next_change
from orchestrator.core.engine import longest_window, next_decision, settles_at
from orchestrator.core.plan import Plan
from orchestrator.core.signals import MINUTE, watermark
from orchestrator.core.simulation.here import Here, Measured
from orchestrator.core.simulation.lines import Line
from orchestrator.core.simulation.scenario import Happening, NoTicks, Scenario, Turns

FURTHEST = 12 * 3600
"""Seconds passed over at once: what a sequential judge has not asked about for long, it no longer asks about."""


class Simulation:
    """Lines one after the other: `for line in Simulation(plan, scenario)`. `now` is how far it has come, `end` how far
    it goes at most. world: another than the scenario's own. passes_over: False ticks in every minute, which gives the
    same lines."""

    def __init__(
        self, plan: Plan, scenario: Scenario, *, world: Measured | None = None, passes_over: bool = True
    ) -> None:
        self.now, self.end = scenario.start, scenario.start + scenario.until
        self._start = scenario.start
        self._passes_over = passes_over
        self._here = Here(plan, scenario, world)
        self._happenings = list(reversed(scenario.happenings))
        self._still_until = 0
        self._turned_at = 0
        self._unsaid = self._here.world.unsaid

    def __iter__(self) -> Iterator[Line]:
        while (lines := self.step()) is not None:
            yield from lines

    def step(self) -> list[Line] | None:
        """Whatever happens now, and the tick of this minute where one falls due; None when it is over."""
        if self.now > self.end:
            return None
        lines = []
        while self._happenings and self._start + self._happenings[-1].at <= self.now:
            event = self._happenings.pop()
            if isinstance(event, NoTicks):
                self._still_until = max(self._still_until, self.now + event.length)
                continue
            if isinstance(event, Turns):
                self._turned_at = self.now
            lines.extend(self._here.happens(event, self.now))
        is_quiet = False
        if self._is_minute(self.now) and self.now >= self._still_until:
            told, is_quiet = self._here.tick(self.now)
            lines.extend(told)
        self.now = self._next(is_quiet=is_quiet and self._passes_over)
        return [self._with_unsaid(line) for line in lines]

    def add(self, event: Happening) -> None:
        """One event more, after those of the same time."""
        place = next((i for i, known in enumerate(self._happenings) if known.at <= event.at), len(self._happenings))
        self._happenings.insert(place, event)

    @property
    def last(self) -> str:
        """How it stands, in one line."""
        return self._here.summary(min(self.now, self.end))

    def _is_minute(self, at: int) -> bool:
        return (at - self._start) % MINUTE == 0

    def _minute_from(self, at: int) -> int:
        """The first tick's minute at or after `at`."""
        return self._start + -(-(at - self._start) // MINUTE) * MINUTE

    def _next(self, *, is_quiet: bool) -> int:
        """The next time at which something may change."""
        stops = [self._start + self._happenings[-1].at] if self._happenings else []
        if self._here.is_live:
            minute = self._minute_from(max(self.now + 1, self._still_until))
            stops.append(max(minute, self._minute_from(self._due()) if is_quiet else minute))
        return min(stops, default=self.end + 1)

    def _due(self) -> int:
        """The earliest time at which a tick can decide otherwise than the one just now, which changed nothing."""
        plan, rollout, now = self._here.plan, self._here.rollout, self.now
        assert rollout is not None
        asked = self._here.asked
        if not all(self._here.world.is_steady(question.signal) for question in asked):
            return now
        latest = max((watermark(question.signal) for question in asked), default=0) + MINUTE
        calm = self._turned_at + longest_window(plan, rollout, now) + latest
        if (self._turned_at and now < calm) or now < settles_at(plan, rollout, now, self._here.evidence):
            return now
        coming = (
            next_decision(plan, rollout, now),
            next_change(plan.freezes, plan.timezone, now),
            self._here.answering.next_report(),
        )
        return min([now + FURTHEST, *(at for at in coming if at is not None)])

    def _with_unsaid(self, line: Line) -> Line:
        """The first start says which signals are silent because the scenario says nothing of them."""
        if not self._unsaid or line.decision != "start":
            return line
        said, self._unsaid = ", ".join(self._unsaid), ()
        return structs.replace(line, reason=f"{line.reason}; the scenario says nothing of {said}: silent")
