"""A command: what a person asked for, checked and authorised, on its way to the worker."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from orchestrator.core.actors import Actor

Verb = Literal[
    "start",
    "promote",
    "approve",
    "pause",
    "resume",
    "abort",
    "rollback",
    "set_flag",
    "rollback_flag",
    "adopt",
    "revert",
    "skip",
    "tick",
    "climb",
    "done",
    "hold_line",
    "free_line",
    "status",
    "acknowledge",
    "silence",
    "wake",
    "useful",
    "noise",
    "drill",
    "logs",
]
"""skip: pass an optional stage by; tick: an item of a checklist is done; climb: run the ladder's next rung; done: a
rung that people do is done, and has helped or not; hold_line, free_line: stop every rollout, and let them go on.
`status` and `logs` only look; they are here because a button may ask for them. acknowledge, silence, wake (end a
silence), useful and noise concern an alert; drill plays one."""

_PHRASES: dict[str, str] = {
    "rollback": "roll back",
    "rollback_flag": "roll back",
    "set_flag": "set",
    "skip": "skip the stage of",
    "tick": "tick off an item of",
    "climb": "climb the ladder of",
    "done": "report on the rung of",
    "hold_line": "hold the line",
    "free_line": "free the line",
    "useful": "rate as useful",
    "noise": "rate as noise",
    "wake": "end the silence of",
    "drill": "drill the alerts of",
}

FORWARD: frozenset[str] = frozenset(
    {"start", "promote", "approve", "resume", "skip", "tick", "set_flag", "adopt", "revert", "free_line"}
)
"""Verbs that may raise exposure: they are bound to the state as previewed, and never carried out twice."""

LINE_VERBS: frozenset[str] = frozenset({"hold_line", "free_line"})
"""Verbs that concern every rollout at once; they have no target."""

ALERT_VERBS: frozenset[str] = frozenset({"acknowledge", "silence", "wake", "useful", "noise", "drill"})
"""Verbs whose target is an alert. They move nothing, so none of them is previewed."""

FLAG_VERBS: frozenset[str] = frozenset({"set_flag", "rollback_flag"})
"""Verbs whose target is a flag, not a plan."""

TWO_PEOPLE: frozenset[str] = frozenset({"start", "promote", "skip", "resume", "set_flag", "free_line"})
"""Verbs that take a second person where the environment asks for one. Going back never does."""


class Command(Struct, frozen=True, kw_only=True, tag="command"):
    """`target` is a plan, or a flag for the flag verbs. `args` holds what the verb needs (value, role, stage).

    `bound_to` is `plan hash:transition` as previewed, empty where the verb is never refused as stale. `confirmation`
    is the button's record, used up by the transition. `token` finishes the reply in Discord: a credential.
    """

    verb: Verb
    target: str
    actor: Actor
    reason: str = ""
    args: dict[str, str] = {}
    bound_to: str = ""
    confirmation: str = ""
    second: Actor | None = None
    interaction_id: str = ""
    token: str = ""
    guild_id: str = ""
    channel_id: str = ""
    trace_id: str = ""
    at: int = 0


class Confirmation(Struct, frozen=True, kw_only=True):
    """What a button stands for, kept on our side: the button itself carries only `id`.

    kind `confirm`: only `command.actor` may press it; `second`: anybody but that actor who holds the right; `card`:
    a button under a notice, which opens a preview for whoever presses it.
    """

    id: str
    kind: Literal["confirm", "second", "card"]
    command: Command
    created_at: int
    expires_at: int = 0
    used_by: str = ""
    used_at: int = 0


def phrase(command: Command) -> str:
    """What was asked for, as somebody would say it: `roll back PORTAL_PRISMA`, `set PORTAL_PRISMA to true`."""
    target = "" if command.verb in LINE_VERBS else f" {command.target}"
    said = f"{_PHRASES.get(command.verb, command.verb)}{target}"
    return f"{said} to {command.args['value']}" if command.verb == "set_flag" and "value" in command.args else said
