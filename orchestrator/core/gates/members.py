"""`{signal: NAME, only: [a, b]}` and `{signal: NAME, nothing_new: 1d}`: which values there are."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, structs

from orchestrator.core.durations import say_duration
from orchestrator.core.gates import asking, sequential
from orchestrator.core.gates.scope import Evidence, Novelty, Scope
from orchestrator.core.signals import LogQuery, SetSignal, Wanted, newest_end
from orchestrator.core.verdicts import Outcome, Verdict

MOST_NAMED = 3
"""So many values a line names; the rest are counted."""


class MembersGate(Struct, frozen=True, kw_only=True, tag="members"):
    """only: the values allowed. new_since: nothing that was not there in so many seconds before evidence began. most:
    how many there may be, 0 for any number. One of the three at least. What is new is looked for since evidence began,
    the other two over the newest window. No value at all is no data, except for what is new in logs: there it is what
    was hoped for."""

    signal: str
    only: tuple[str, ...] = ()
    new_since: int = 0
    most: int = 0
    window: int = 3600
    dry_run: bool = False

    @property
    def label(self) -> str:
        said = []
        if self.only:
            said.append(f"only {', '.join(self.only)}")
        if self.new_since:
            said.append(f"nothing new against {say_duration(self.new_since)}")
        if self.most:
            said.append(f"at most {self.most}")
        return f"{self.signal} {' and '.join(said)}"


def wanted(gate: MembersGate, scope: Scope) -> tuple[Wanted, ...]:
    questions = [_window(gate, scope), _since(gate, scope), _before(gate, scope)]
    return tuple(dict.fromkeys(question for question in questions if question is not None))


def _window(gate: MembersGate, scope: Scope) -> Wanted | None:
    if not gate.only and not gate.most:
        return None
    return asking.newest(scope.signals[gate.signal], scope, gate.window)


def _kept(gate: MembersGate, scope: Scope) -> tuple[Evidence, Novelty] | None:
    found = scope.evidence.get(gate.label)
    if found is None or found.since != asking.first_minute(scope) or not isinstance(found.state, Novelty):
        return None
    return found, found.state


def _since(gate: MembersGate, scope: Scope) -> Wanted | None:
    """The minutes since evidence began that were not looked at yet."""
    if not gate.new_since:
        return None
    signal, kept = scope.signals[gate.signal], _kept(gate, scope)
    through = kept[0].through if kept else asking.first_minute(scope)
    end = newest_end(signal, scope.now)
    start = max(through, end - sequential.GATE_REACH)
    return Wanted(signal=signal, start=start, end=end) if start < end else None


def _before(gate: MembersGate, scope: Scope) -> Wanted | None:
    """The time before evidence began; asked until it is known."""
    if not gate.new_since or _kept(gate, scope) or _since(gate, scope) is None:
        return None
    first = asking.first_minute(scope)
    return Wanted(signal=scope.signals[gate.signal], start=first - gate.new_since, end=first)


def _novelty(gate: MembersGate, scope: Scope) -> Novelty | None:
    """What was there before, and everything seen since; None without a question or its answer."""
    since, before, kept = _since(gate, scope), _before(gate, scope), _kept(gate, scope)
    questions = [question for question in (since, before) if question is not None]
    if since is None or asking.unanswered("", scope, questions) is not None:
        return None
    known = Novelty(before=asking.answer_to(scope, before).members) if before else None
    known = kept[1] if kept else known
    if known is None:
        return None
    seen = dict.fromkeys((*known.seen, *asking.answer_to(scope, since).members))
    return structs.replace(known, seen=tuple(seen))


def gathered(gate: MembersGate, scope: Scope) -> Evidence | None:
    since, novelty, kept = _since(gate, scope), _novelty(gate, scope), _kept(gate, scope)
    if novelty is None or since is None:
        return kept[0] if kept else None
    # A value once seen stays seen, so that the newest may be kept too; only the minutes are asked for again.
    through = max(since.start, sequential.settled(since.end))
    return Evidence(since=asking.first_minute(scope), through=through, state=novelty)


def judge(gate: MembersGate, scope: Scope) -> Verdict:
    missing = asking.unanswered(gate.label, scope, wanted(gate, scope))
    if missing is not None:
        return missing
    faults, seen, passed = [], False, []
    if gate.new_since:
        novelty = _novelty(gate, scope)
        if novelty is None:
            return _says(gate, "waiting", "nothing measured here yet; the first minutes are not complete")
        new = [name for name in novelty.seen if name not in novelty.before]
        against = f"in the {say_duration(gate.new_since)} before"
        faults += [f"{_named(new)} not there {against}"] if new else []
        # No value since is what is hoped for. None before either is a source that says nothing; only logs that were
        # scanned and had no such line are an answer.
        signal = scope.signals[gate.signal]
        scanned = isinstance(signal, SetSignal) and isinstance(signal.query, LogQuery)
        seen = bool(novelty.seen or novelty.before) or scanned
        passed.append(f"nothing new, {len(novelty.before)} known {against}")
    if gate.only or gate.most:
        asked = _window(gate, scope)
        short = asking.unmeasured(gate.label, gate.signal, asked, gate.window)
        there = asking.answer_to(scope, asked).members if asked else ()
        faults += _faults(gate, there)
        seen = seen or bool(there)
        passed.append(f"{_named(there)} in {say_duration(gate.window)}" if there else "no value")
        if short is not None and not faults:
            return short
    if faults:
        return _says(gate, "fail", "; ".join(faults))
    if not seen:
        return _says(gate, "no_data", "no value was seen; a source that says nothing proves nothing")
    return _says(gate, "pass", "; ".join(passed))


def _faults(gate: MembersGate, there: Sequence[str]) -> list[str]:
    foreign = [name for name in there if name not in gate.only] if gate.only else []
    faults = [f"{_named(foreign)} not allowed; only {', '.join(gate.only)}"] if foreign else []
    if gate.most and len(there) > gate.most:
        faults.append(f"{len(there)} values, at most {gate.most} allowed")
    return faults


def _named(names: Sequence[str]) -> str:
    named = ", ".join(names[:MOST_NAMED])
    return f"{named} and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else named


def _says(gate: MembersGate, outcome: Outcome, line: str) -> Verdict:
    return Verdict(gate=gate.label, outcome=outcome, line=f"{gate.signal}: {line}")
