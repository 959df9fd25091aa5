"""What people do about alerts: acknowledge, silence, wake, rate. None of it moves anything, and each is done once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from orchestrator import notify
from orchestrator.app.alert_drill import drill
from orchestrator.app.moving import Outcome
from orchestrator.core.alerting.alert import Group
from orchestrator.core.alerting.board import MOST_SILENCES, Board, Silence, with_silence, without_silence
from orchestrator.core.alerting.observing import acknowledged, rated, silenced
from orchestrator.core.alerting.policy import Matcher
from orchestrator.core.alerting.short_names import MARK, in_full, short
from orchestrator.core.commands import Command
from orchestrator.core.durations import parse_duration, say_duration
from orchestrator.core.nearest import nearest
from orchestrator.core.wording import said
from orchestrator.core.wording.alerts import SILENCE_SECONDS, about, first_line
from orchestrator.ports import Outside, SwitchbackError
from orchestrator.telemetry import metrics
from orchestrator.telemetry.logs import get_logger

log = get_logger()

LONGEST_SILENCE = 7 * 86_400
"""Seconds: a silence that nobody remembers is how the next incident goes unseen."""

LONGEST_KEY = 2000
"""Bytes of an alert's key: the table's own keys end at 2048."""

LABELS = ("rule", "service", "severity")


def run(outside: Outside, command: Command, *, trace_id: str = "") -> Outcome:
    """Raises Unavailable, Conflict. A command that comes twice finds it done."""
    match command.verb:
        case "acknowledge":
            return _acknowledge(outside, command)
        case "silence":
            return _silence(outside, command)
        case "wake":
            return _wake(outside, command)
        case "useful" | "noise":
            return _rate(outside, command)
        case "drill":
            return drill(outside, command, trace_id=trace_id)
    return Outcome(kind="refuse", reason=f"{command.verb} is not about an alert")


def _acknowledge(outside: Outside, command: Command) -> Outcome:
    now, by = outside.clock.now(), command.actor.name
    group = _changed(outside, command, lambda latest: acknowledged(latest, by, now))
    if group is None:
        return _unknown(outside, command)
    _tell(outside, group)
    if not group.firing:
        return Outcome(kind="again", reason=f"It is over already\n{first_line(group)}")
    if group.acknowledged_by != by:
        return Outcome(kind="again", reason=f"{group.acknowledged_by} had acknowledged it already")
    return Outcome(
        kind="noted",
        reason=f"Acknowledged: nobody is called about it until it gets worse or comes back\n{about(group)}",
    )


def _silence(outside: Outside, command: Command) -> Outcome:
    try:
        seconds = parse_duration(command.args.get("for", "")) if command.args.get("for") else SILENCE_SECONDS
    except ValueError as problem:
        return Outcome(kind="refuse", reason=str(problem))
    if seconds > LONGEST_SILENCE:
        return Outcome(kind="refuse", reason=f"a silence lasts at most {say_duration(LONGEST_SILENCE)}")
    until = outside.clock.now() + seconds
    if not command.target:
        return _silence_by_label(outside, command, until, seconds)
    by = command.actor.name
    group = _changed(outside, command, lambda latest: silenced(latest, by, until))
    if group is None:
        return _unknown(outside, command)
    _tell(outside, group)
    return Outcome(
        kind="noted",
        reason=f"Silenced for {say_duration(seconds)}: counted, and told if it still fires after that\n{about(group)}",
    )


def _silence_by_label(outside: Outside, command: Command, until: int, seconds: int) -> Outcome:
    labels = tuple((label, command.args[label]) for label in LABELS if command.args.get(label))
    if not labels:
        return Outcome(kind="refuse", reason="name an open alert, or a rule, a service or a severity to silence")
    silence = Silence(matcher=Matcher(labels=labels), until=until, by=command.actor.name, reason=command.reason)
    now = outside.clock.now()
    if notify.change_board(outside, lambda board: with_silence(board, silence, now)) is None:
        why = f"there are {MOST_SILENCES} silences by label already, and no more are kept"
        return Outcome(kind="refuse", reason=f"{why}; end one with /alerts wake, or name the open alert alone")
    return Outcome(kind="noted", reason=f"Silenced for {say_duration(seconds)}: {silence.name}. It ends by itself")


def _wake(outside: Outside, command: Command) -> Outcome:
    board, now = outside.alerts.board(), outside.clock.now()
    name = in_full(command.target, (entry.name for entry in board.silences))
    if any(entry.name == name and entry.until > now for entry in board.silences):

        def awake(latest: Board) -> Board:
            return without_silence(latest, name, now)

        notify.change_board(outside, awake)
        return Outcome(kind="noted", reason=f"No longer silenced: {name}")
    name = _key(outside, name)
    group = outside.alerts.group(name)
    if group is None or group.silenced_until <= now:
        return Outcome(kind="refuse", reason=f"nothing is silenced by the name {name[:100]}")
    group = notify.change(outside, name, lambda latest: silenced(latest, "", 0))
    assert group is not None
    _tell(outside, group)
    return Outcome(kind="noted", reason=f"No longer silenced\n{about(group)}")


def _rate(outside: Outside, command: Command) -> Outcome:
    useful, by = command.verb == "useful", command.actor.user_id
    group = _changed(outside, command, lambda latest: rated(latest, by, useful), also_closed=True)
    if group is None:
        return _unknown(outside, command)
    metrics.count("AlertRated", rating=command.verb)
    log.info("an alert was rated", extra={"alert": group.key, "rating": command.verb})
    _tell(outside, group)
    votes = f"{len(group.useful)} useful, {len(group.noise)} noise"
    return Outcome(kind="noted", reason=f"Rated {command.verb} ({votes})\n{about(group)}")


def _key(outside: Outside, given: str) -> str:
    """The key of the alert that was chosen or typed."""
    if given.startswith(MARK):
        return in_full(given, (group.key for group in outside.alerts.open()))
    # The table takes no longer one, so none is open by it; nor is one by its short name.
    return given if len(given.encode()) <= LONGEST_KEY else short(given)


def _tell(outside: Outside, group: Group) -> None:
    """What was done shows at once, if Discord takes it now; the next tick shows it otherwise."""
    with suppress(SwitchbackError):
        notify.tell(outside, group.key)


def _changed(
    outside: Outside, command: Command, make: Callable[[Group], Group], *, also_closed: bool = False
) -> Group | None:
    """The group after `make`. None, and nothing changed, where it is not open, or where the button that was pressed is
    of an earlier opening: what fires now is another message, with buttons of its own."""
    opening = command.args.get("opening", "")

    def is_meant(group: Group) -> bool:
        of_this = opening in ("", group.id)
        return bool(group.alerts) and of_this and (not group.closed or (also_closed and bool(opening)))

    key = _key(outside, command.target)
    found = notify.change(outside, key, lambda latest: make(latest) if is_meant(latest) else latest)
    return found if found is not None and is_meant(found) else None


def _unknown(outside: Outside, command: Command) -> Outcome:
    name = command.target
    if command.args.get("opening"):
        return Outcome(
            kind="refuse", reason="that alert is over; if it fires again, it has a new message with buttons of its own"
        )
    open_names = [short(group.key) for group in outside.alerts.open()]
    near = ", ".join(nearest(name, open_names)[:3])
    hint = f"; did you mean {near}?" if near else "; /alerts list shows what is open"
    return Outcome(kind="refuse", reason=f"no alert {said(name[:100])} is open{hint}")
