"""Two people for going forward where the environment asks for it: another one says yes within fifteen minutes."""

from __future__ import annotations

import hashlib

from msgspec import structs

from orchestrator.app.flags import prepare
from orchestrator.app.moving import Outcome
from orchestrator.core import wording
from orchestrator.core.access import AccessPolicy
from orchestrator.core.commands import TWO_PEOPLE, Command, Confirmation, phrase
from orchestrator.core.notices import Action, Notice
from orchestrator.core.wording import said
from orchestrator.ports import Outside

WITHIN = 900
"""Seconds for the second person."""

RIGHTS = {
    "start": "rollout start",
    "promote": "rollout promote",
    "skip": "rollout promote",
    "approve": "rollout approve",
    "tick": "rollout approve",
    "pause": "rollout pause",
    "resume": "rollout resume",
    "free_line": "rollout resume",
    "abort": "rollout abort",
    "rollback": "rollback",
    "rollback_flag": "rollback",
    "climb": "rollback",
    "done": "rollback",
    "hold_line": "rollback",
    "set_flag": "flag set",
    "adopt": "flag settle",
    "revert": "flag settle",
    "status": "look",
    "acknowledge": "alerts",
    "silence": "alerts",
    "wake": "alerts",
    "useful": "alerts",
    "noise": "alerts",
    "drill": "alerts",
    "logs": "debug own",
}
"""Verb to the right of access.yaml that it takes."""


def is_needed(outside: Outside, access: AccessPolicy, command: Command) -> bool:
    """Never for going back: a flag that is set towards safe is going back too."""
    if command.verb not in TWO_PEOPLE or RIGHTS[command.verb] not in access.second_person or command.second is not None:
        return False
    if command.actor.via == "terminal":
        return False
    if command.verb == "set_flag":
        prepared = prepare(outside, command)
        if isinstance(prepared, str):
            return False
        _, plan, ready = prepared
        spec = plan.flag(command.target)
        live = outside.flags.read([command.target]).get(command.target)
        return spec is None or not spec.is_towards_safe(ready.args["value"], current=live.value if live else "")
    return True


def _request_id(command: Command) -> str:
    """The same for the same interaction: a queue that delivers twice must not make people confirm twice."""
    return (
        hashlib.sha256(f"second {command.interaction_id}".encode()).hexdigest()[:22] if command.interaction_id else ""
    )


def ask(outside: Outside, command: Command) -> Outcome:
    """Keep the request and show it where everybody allowed can see it."""
    now = outside.clock.now()
    request = Confirmation(
        id=_request_id(command) or outside.ids.new(),
        kind="second",
        command=structs.replace(command, token="", interaction_id="", confirmation=""),
        # The time of the press: a second delivery, later, must find the same request and not another one.
        created_at=command.at or now,
        expires_at=(command.at or now) + WITHIN,
    )
    outside.confirmations.put(request)
    what = phrase(command)
    outside.channel.post(
        Notice(
            kind="second",
            tone="waiting",
            headline=f"{outside.environment} · {said(command.actor.name)} wants to {said(what)}",
            lines=(
                f"Reason: {said(command.reason) or 'none given'}",
                f"Another person has to confirm it until {wording.when(request.expires_at)}. Nothing has changed yet.",
            ),
            actions=(Action(verb=command.verb, label="Confirm as second person"),),
            at=now,
        ),
        key=request.id,
        buttons=[request.id],
    )
    return Outcome(
        kind="second",
        reason=f"Asked in the ops channel; open until {wording.when(request.expires_at)}. Nothing has changed yet.",
    )
