"""What the person who asked is told: what was written and read back, how long it took, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.app.moving import Outcome
from orchestrator.core.commands import ALERT_VERBS, LINE_VERBS, Command, phrase
from orchestrator.core.facts import Written
from orchestrator.core.notices import Notice, Tone
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.core.wording import said, said_value
from orchestrator.core.work import DeadLetter

_DONE = {
    "start": "started",
    "advance": "moved on",
    "watch": "moved on to its watch",
    "complete": "completed",
    "pause": "paused",
    "resume": "resumed",
    "rollback": "rolled back",
    "abort": "aborted",
    "set": "set",
    "safeguard": "made safe",
    "hold": "noted",
    "again": "done already",
    "emergency": "made safe without the table",
}

_BY_VERB = {
    ("approve", "hold"): "approved",
    ("tick", "hold"): "has one item less to tick off",
    ("skip", "advance"): "skipped a stage",
    ("skip", "watch"): "skipped its last stage",
    ("climb", "hold"): "is on the next rung of its ladder",
    ("climb", "rollback"): "is on the next rung of its ladder",
    ("rollback_flag", "set"): "rolled back to its safe value",
    ("hold_line", "pause"): "is held: no rollout goes forward",
    ("free_line", "resume"): "is free: rollouts go on",
}


def say_written(written: Sequence[Written]) -> tuple[str, ...]:
    """One line a flag. Only what SSM returned on reading back is called written."""
    lines = []
    for report in written:
        old = said_value(report.old) if report.old else "absent"
        move = f"`{report.flag}`: {old} → **{said_value(report.wanted)}**"
        if report.proven:
            lines.append(f"{move}, written and read back after {report.ms / 1000:.1f} s (version {report.version})")
        else:
            seen = (
                f"SSM returned {said_value(report.read_back)}"
                if report.read_back is not None
                else "SSM did not answer in time"
            )
            lines.append(f"{move}, NOT read back: {seen}. The next tick tries again within a minute.")
    return tuple(lines)


def outcome_notice(environment: str, command: Command, outcome: Outcome, now: int) -> Notice:
    """The reply to a command, finished."""
    subject = _subject(command, outcome.rollout)
    if outcome.refused:
        return Notice(
            kind="refused",
            tone="unknown",
            headline=f"{environment} · nothing was changed",
            lines=tuple(said(line) for line in outcome.reason.splitlines()),
            at=now,
        )
    if command.verb in ALERT_VERBS:
        first, *rest = outcome.reason.splitlines()
        return Notice(
            kind="done",
            tone="firing" if outcome.kind == "failed" else "ok",
            headline=f"{environment} · {first}",
            lines=tuple(rest),
            at=now,
        )
    if outcome.kind == "second":
        return Notice(
            kind="second",
            tone="waiting",
            headline=f"{environment} · waits for a second person",
            lines=(outcome.reason,),
            at=now,
        )
    tone: Tone = "ok" if outcome.proven else "firing"
    done = _BY_VERB.get((command.verb, outcome.kind)) or _DONE.get(outcome.kind, outcome.kind)
    if command.verb == "resume" and outcome.rollout and outcome.rollout.holds:
        done = "is still held; one pause was lifted"
    headline = f"{environment} · {subject} {done}"
    if not outcome.proven:
        headline = f"{environment} · {subject}: NOT everything could be read back"
    took = f"Took {outcome.ms / 1000:.1f} s." if outcome.written else f"{said(outcome.reason)}."
    return Notice(
        kind="done",
        tone=tone,
        headline=headline,
        lines=(
            *say_written(outcome.written),
            took,
            *_held(command, outcome.rollout),
        ),
        at=now,
    )


def _subject(command: Command, rollout: Rollout | None) -> str:
    if command.verb in LINE_VERBS:
        return "the line"
    return said(rollout.id if rollout and rollout.id != STANDING else command.target)


def _held(command: Command, rollout: Rollout | None) -> tuple[str, ...]:
    """What still stops it, whoever asked for that, and what ends it."""
    holds = rollout.holds if rollout else ()
    if not holds or (rollout and rollout.id == STANDING and command.verb not in LINE_VERBS):
        return ()
    ends = "`/rollout free-all` lets every rollout go on."
    if command.verb not in LINE_VERBS:
        ends = "`/rollout resume` goes on."
    lines = [f"Held: {said(e.reason)} ({said(e.by)})." for e in holds]
    return (*lines, ends)


def failed_notice(environment: str, command: Command, now: int) -> Notice:
    """For a command that could not be carried out in all its tries."""
    return Notice(
        kind="failed",
        tone="firing",
        headline=f"{environment} · {said(phrase(command))} could not be carried out",
        lines=(
            "It could not be carried out in three tries.",
            *_now_what(command),
            f"Trace `{command.trace_id}`. If it is urgent: RUNBOOK.md, “The bot itself is down”.",
        ),
        at=now,
    )


def _now_what(command: Command) -> tuple[str, ...]:
    if command.verb in ALERT_VERBS:
        return ("It moves no flag. Use it again.",)
    return ("What was saved is finished by the next tick.", "`/rollout-status` shows the truth.")


def dead_letter_notice(environment: str, letter: DeadLetter, now: int) -> Notice:
    return Notice(
        kind="dead_letter",
        tone="firing" if letter.severity == "critical" else "degraded",
        headline=f"{environment} · Switchback gave up on {said(letter.what)}",
        lines=(
            f"Why: {said(letter.why) or 'not said'}.",
            letter.then,
            "RUNBOOK.md, “Dead letters”, says more.",
        ),
        at=now,
    )
