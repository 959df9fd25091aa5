"""Alerts as people read them: the card, the lines of its thread, calls, and digests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orchestrator.core.alerting.alert import Alert, Group, Severity
from orchestrator.core.alerting.digest import Digest, DigestLine
from orchestrator.core.alerting.telling import Due
from orchestrator.core.durations import say_duration
from orchestrator.core.notices import Action, Notice, Tone
from orchestrator.core.wording.parts import said, when

ACKNOWLEDGE = Action(verb="acknowledge", label="Acknowledge")
SILENCE = Action(verb="silence", label="Silence 1 h")
USEFUL = Action(verb="useful", label="Useful")
NOISE = Action(verb="noise", label="Noise")

SILENCE_SECONDS = 3600
"""What the button silences for."""

_TONES: dict[Severity, Tone] = {"critical": "firing", "warning": "degraded", "info": "progress"}

_WORST_FIRST: tuple[Severity, ...] = ("critical", "warning", "info")

_MOST_LISTED = 10
"""Further problems of a group that its card names; the rest are counted."""


def first_line(group: Group) -> str:
    """What a phone shows: the severity or that it is over, the environment, what, and how bad."""
    leading = group.leading
    more = len(group.firing or group.alerts) - 1
    others = f" (and {more} more)" if more else ""
    if not group.firing:
        after = say_duration(max(1, leading.over_at - leading.first_seen))
        return f"RESOLVED {leading.notice.headline}{others}, after {after}"
    by = f", acknowledged by {said(group.acknowledged_by)}" if group.acknowledged_by else ""
    return f"{leading.severity.upper()} {leading.notice.headline}{others}{by}"


def about(group: Group) -> str:
    """What it is, whatever its state."""
    return group.leading.notice.headline


def card(group: Group, links: Sequence[tuple[str, str]], now: int) -> Notice:
    """The whole message, as things stand."""
    leading = group.leading
    return Notice(
        kind="alert" if group.firing else "resolved",
        tone=_tone(group),
        headline=first_line(group),
        lines=(*_ending(group), *leading.notice.lines, *_others(group)),
        facts=_facts(group, now),
        actions=actions(group, now),
        second_row=len(_own_actions(group, now)),
        links=tuple(links),
        rollout=leading.notice.rollout,
        at=leading.last_seen,
    )


def actions(group: Group, now: int) -> tuple[Action, ...]:
    """Its own buttons, then those of the problem it speaks of. Of one that is over only the rating is left."""
    return (*_own_actions(group, now), *(group.leading.notice.actions if group.firing else ()))


def _own_actions(group: Group, now: int) -> tuple[Action, ...]:
    if not group.firing:
        return (USEFUL, NOISE)
    own = [USEFUL, NOISE]
    if group.silenced_until <= now:
        own.insert(0, SILENCE)
    if not group.acknowledged_by:
        own.insert(0, ACKNOWLEDGE)
    return tuple(own)


def _tone(group: Group) -> Tone:
    if not group.firing:
        return "ok"
    return "waiting" if group.acknowledged_by else _TONES[group.severity]


def _ending(group: Group) -> tuple[str, ...]:
    if group.firing:
        return ()
    why = group.leading.over_why
    return (f"It is over since {when(group.leading.over_at)}{f': {why}' if why else ''}.",)


def _others(group: Group) -> Iterable[str]:
    rest = sorted((a for a in group.alerts if a is not group.leading), key=lambda a: (not a.firing, a.first_seen))
    for alert in rest[:_MOST_LISTED]:
        yield f"{_sign(alert)} {alert.notice.headline} ({_times(alert.count)})"
    if len(rest) > _MOST_LISTED:
        yield f"… and {len(rest) - _MOST_LISTED} more; `/alerts list` names them."


def _sign(alert: Alert) -> str:
    return f"{alert.severity.upper()}:" if alert.firing else "over:"


def _facts(group: Group, now: int) -> tuple[tuple[str, str], ...]:
    in_digests = max((told.in_digests for told in group.told.values()), default=0)
    facts = [
        ("Seen", _times(group.count) + (f", {in_digests:,} of them in a digest" if in_digests else "")),
        ("Since", f"<t:{group.first_seen}:R>"),
    ]
    if group.count > 1:
        facts.append(("Last", f"<t:{group.last_seen}:R>"))
    if group.silenced_until > now:
        facts.append(("Silenced", f"by {said(group.silenced_by)} until <t:{group.silenced_until}:t>"))
    if group.useful or group.noise:
        facts.append(("Rated", f"{len(group.useful)} useful, {len(group.noise)} noise"))
    if group.leading.trace:
        facts.append(("Trace", f"`{group.leading.trace}`"))
    return tuple(facts)


def news(group: Group, due: Due, now: int) -> tuple[str, ...]:
    """What has changed since it was told last, a line each: for the thread, since an edit notifies nobody."""
    by_name = {alert.fingerprint: alert for alert in group.alerts}
    lines: list[str] = []
    for change in due.changes:
        match change:
            case "worse":
                lines.append(f"It is {group.severity.upper()} now: {group.leading.notice.headline}")
            case "acknowledged":
                by = said(group.acknowledged_by)
                lines.append(f"Acknowledged by {by}. Nobody is called about it until it gets worse or comes back.")
            case "back":
                lines.append("It came back or got worse, so the acknowledgement counts no longer.")
            case "silenced":
                until = f"<t:{group.silenced_until}:f>"
                lines.append(f"Silenced by {said(group.silenced_by)} until {until}. It is counted, not told.")
            case "awake":
                lines.append(
                    "The silence is over; it still fires." if group.silenced_until else "The silence was ended."
                )
            case "flapping":
                changes = max(len(alert.changes) for alert in group.alerts)
                lines.append(f"It flaps ({changes} changes). Further changes are counted, not told, until it is calm.")
            case "calm":
                lines.append("It is calm again; it fires." if group.firing else "It is calm again; it is over.")
            case "more fire":
                lines += [f"Fires: {alert.notice.headline}" for name in due.more if (alert := by_name.get(name))]
            case "some are over" | "over":
                over = [alert for alert in group.alerts if not alert.firing]
                lines += [_over(alert, len(group.alerts)) for alert in over if alert.fingerprint in due.fewer]
    if "over" in due.changes and len(group.alerts) > 1:
        lines.append("All of it is over.")
    return tuple(lines)


def _over(alert: Alert, of: int) -> str:
    """The problem is named where its message is about more than one."""
    after = say_duration(max(1, alert.over_at - alert.first_seen))
    said_of = [alert.notice.headline] if of > 1 else []
    why = ": ".join([*said_of, *([alert.over_why] if alert.over_why else [])])
    return f"Over after {after}, seen {_times(alert.count)}{f': {why}' if why else ''}."


def call(group: Group, due: Due, link: str, now: int) -> Notice:
    """Said aloud once more: nobody has acknowledged in time, it got worse, or it has gone on for long."""
    since = f"It fires since {when(group.first_seen)}, seen {_times(group.count)}."
    if due.step is not None and "worse" not in due.changes:
        who = due.step.who or due.step.ping
        why = f"Nobody has acknowledged it in {say_duration(due.step.after)}: over to {said(who)}."
    elif "worse" in due.changes:
        why = f"It has become {group.severity}."
    elif "awake" in due.changes:
        why = f"The silence of {said(group.silenced_by)} is over, and it still fires."
    else:
        why = "It is said again because it still fires and nobody has acknowledged it."
    return Notice(
        kind="call",
        tone=_tone(group),
        headline=first_line(group),
        lines=(why, since, f"Its buttons are here: {link}" if link else "`/alerts list` shows it."),
        rollout=group.leading.notice.rollout,
        at=now,
    )


def digest_notice(environment: str, digest: Digest) -> Notice:
    """What was held back, and why: once where it is the same for all. The counts add up: each event stands in one
    message or in one line here."""
    firing = [line for line in digest.lines if line.firing]
    worst = min((line.severity for line in firing), key=_WORST_FIRST.index, default=_WORST_FIRST[-1])
    states = [line.severity if line.firing else "over" for line in digest.lines]
    counted = ", ".join(f"{n} {state}" for state in (*_WORST_FIRST, "over") if (n := states.count(state)))
    problems = f"{len(digest.lines)} problem{'s' if len(digest.lines) != 1 else ''}"
    reasons = {line.why for line in digest.lines}
    shared = f"Not told one by one: {said(reasons.copy().pop())}." if len(reasons) == 1 else ""
    return Notice(
        kind="digest",
        tone=_TONES[worst] if firing else "ok",
        headline=f"DIGEST {environment} · {problems} not told one by one: {counted}",
        lines=(
            *([shared] if shared else []),
            *(_digest_line(line, environment, why=not shared) for line in digest.lines),
            f"**{_times(digest.total)} in all.** `/alerts list` shows what is open; `/alerts acknowledge` and "
            "`/alerts silence` take any of it.",
        ),
        at=digest.made_at,
    )


def _digest_line(line: DigestLine, environment: str, *, why: bool) -> str:
    state = line.severity.upper() if line.firing else "over:"
    said_why = f" · {said(line.why)}" if why else ""
    return f"- {state} {line.headline.removeprefix(f'{environment} · ')} · {_times(line.count)}{said_why}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
