"""Every kind of alert that Switchback raises, by its rule, with what it is and where the runbook says what to do.

A rule may carry what it is about behind a colon (`safeguard:portal-outage`), so that two causes are two problems.
"""

from __future__ import annotations

from msgspec import Struct


class Rule(Struct, frozen=True, kw_only=True):
    """`runbook`: the heading of RUNBOOK.md, as its anchor."""

    what: str
    runbook: str


RULES: dict[str, Rule] = {
    "safeguard": Rule(what="a safeguard has acted", runbook="a-safeguard-has-acted"),
    "rollback": Rule(what="a person has rolled back", runbook="a-rollout-is-held"),
    "held-too-long": Rule(what="a rollout is held and perhaps forgotten", runbook="a-rollout-is-held"),
    "drift": Rule(what="a flag was moved away from safe by hand", runbook="a-rollout-is-held"),
    "made-safe-by-hand": Rule(what="a flag was made safe by hand", runbook="a-rollout-is-held"),
    "kept-safe": Rule(what="a flag was moved by hand and written back to safe", runbook="a-rollout-is-held"),
    "not-read-back": Rule(what="SSM does not show what was written", runbook="a-flag-does-not-read-back"),
    "way-back-over-budget": Rule(what="a way back takes longer than its budget", runbook="a-way-back-takes-too-long"),
    "ladder": Rule(what="a rung of a ladder was climbed, or waits for a person", runbook="the-ladder"),
    "ladder-ended": Rule(what="the ladder is at its end, and nothing has helped", runbook="the-ladder"),
    "dispatch-failed": Rule(
        what="a probe or job could not be run, or work not be handed over", runbook="what-was-to-be-run-was-not"
    ),
    "dead-letter": Rule(what="something was given up after every try", runbook="dead-letters"),
    "tick-failed": Rule(what="a rollout cannot be checked", runbook="the-bot-itself-is-down"),
    "interaction-failed": Rule(
        what="a command or a button failed on a fault of the bot", runbook="the-bot-itself-is-down"
    ),
    "redactor-failed": Rule(what="the redactor failed and masked whole fields", runbook="the-redactor-failed"),
    "own-alarm": Rule(what="one of the stack's own alarms, the heartbeat among them", runbook="alarms"),
    "drill": Rule(what="an alert drill", runbook="drill-the-alerts"),
}


def rule_of(name: str) -> Rule | None:
    """By the rule's whole name, or by what stands before its colon."""
    return RULES.get(name.partition(":")[0])
