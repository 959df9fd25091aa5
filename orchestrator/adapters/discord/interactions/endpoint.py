"""POST /interactions: verify, authorise, answer or hand over, within three seconds and without ever failing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import structs

from orchestrator.adapters.discord.commands import BY_PATH, Call, SlashCommand
from orchestrator.adapters.discord.commands.asking import Refusal, refusal
from orchestrator.adapters.discord.commands.call import Pairs
from orchestrator.adapters.discord.interactions.authority import Place
from orchestrator.adapters.discord.interactions.presses import press
from orchestrator.adapters.discord.interactions.request import (
    LARGEST_BODY,
    Interaction,
    Kinds,
    Malformed,
    read_interaction,
)
from orchestrator.adapters.discord.interactions.signature import Signature
from orchestrator.adapters.discord.payload import PONG, HandedOver, choices, message, reply
from orchestrator.core.access import AccessPolicy
from orchestrator.core.nearest import nearest
from orchestrator.core.wording import interaction_failed
from orchestrator.ports import Outside, SwitchbackError
from orchestrator.telemetry.logs import bound, get_logger
from orchestrator.telemetry.tracing import TraceRecorder, recording

log = get_logger()

PATH = "/interactions"

Response = dict[str, Any]


class Endpoint:
    """`machine_now` is the machine's clock, in seconds: the age of a signature is never taken with a virtual one."""

    def __init__(
        self,
        signature: Signature,
        place: Place,
        access: AccessPolicy,
        outside: Callable[[], Outside],
        machine_now: Callable[[], float],
    ) -> None:
        self._signature, self._place, self._access = signature, place, access
        self._outside, self._machine_now = outside, machine_now

    def handle(self, event: Mapping[str, Any]) -> Response:
        """An API Gateway HTTP API event (payload format 2.0) to its response."""
        http = _object(_object(event, "requestContext"), "http")
        path = str(event.get("rawPath") or http.get("path") or "")
        if path.rstrip("/") != PATH:
            return _answer(404, {"error": f"there is nothing here but POST {PATH}"})
        if http.get("method") != "POST":
            return _answer(405, {"error": f"{PATH} takes POST"})
        body = _raw_body(event)
        if body is None:
            return _answer(401, {"error": "the signature does not match"})
        headers = {str(name).lower(): str(value) for name, value in _object(event, "headers").items()}
        signed = self._signature.accepts(
            body,
            headers.get("x-signature-ed25519", ""),
            headers.get("x-signature-timestamp", ""),
            int(self._machine_now()),
        )
        if not signed:
            return _answer(401, {"error": "the signature does not match"})
        if len(body) > LARGEST_BODY:
            return _answer(400, {"error": "the body is too large"})
        try:
            interaction = read_interaction(body)
        except Malformed as problem:
            return _answer(400, {"error": str(problem)})
        if interaction.kind == Kinds.PING:
            return _answer(200, PONG)
        return _answer(200, self._interact(interaction))

    def _interact(self, interaction: Interaction) -> dict[str, Any]:
        """Every known interaction is answered with 200; whatever goes wrong becomes a refusal that says so."""
        completing = interaction.kind == Kinds.APPLICATION_COMMAND_AUTOCOMPLETE
        if not self._admits(interaction):
            return (
                choices([])
                if completing
                else _refused(
                    f"{self._place.environment} · Switchback does not listen here. Use its ops or alert channel."
                )
            )
        outside = self._outside()
        actor = self._place.actor(interaction)
        recorder = TraceRecorder(outside.ids.new(), "command", outside.clock.now_ms)
        call = Call(
            interaction=interaction, actor=actor, outside=outside, access=self._access, trace_id=recorder.trace_id
        )
        with (
            recording(recorder),
            bound(
                trace_id=recorder.trace_id,
                correlation_id=interaction.id,
                actor=actor.name,
                command=interaction.command or "a button",
            ),
        ):
            return self._complete(call) if completing else self._answer(call, recorder)

    def _answer(self, call: Call, recorder: TraceRecorder) -> dict[str, Any]:
        problem = ""
        try:
            answered = self._dispatch(call)
        except SwitchbackError as known:
            problem = str(known)
            log.warning("an interaction could not be answered", extra={"problem": problem})
            answered = refusal(call, _not_now(call))
        except Exception as unknown:  # whatever it is, the caller gets an answer and the log the stack
            problem = type(unknown).__name__
            log.exception("an interaction failed")
            answered = refusal(call, _not_now(call))
            _alert(call, problem)
        self._trace(call, recorder, answered, problem)
        return answered

    def _admits(self, interaction: Interaction) -> bool:
        """The alert channel may have been moved at run time: only whoever comes from elsewhere makes us look."""
        if self._place.admits(interaction):
            return True
        if not self._place.admits_person(interaction) or not interaction.channel_id:
            return False
        try:
            moved_to = self._outside().switches.alert_channel()
        except SwitchbackError:
            return False
        return moved_to in (interaction.channel_id, interaction.parent_id)

    def _dispatch(self, call: Call) -> dict[str, Any]:
        interaction = call.interaction
        if interaction.kind == Kinds.MESSAGE_COMPONENT:
            if not (interaction.id and interaction.token):
                # Without its id a press could not be known from its repeat, without its token never be answered.
                return refusal(call, "This press came without its id or token. Press the button again.")
            return press(call)
        if interaction.kind != Kinds.APPLICATION_COMMAND:
            return refusal(call, "Switchback has no such form. /help lists what it can do.")
        command = BY_PATH.get(interaction.command)
        if command is None:
            near = ", ".join(f"/{path}" for path in nearest(interaction.command, list(BY_PATH))[:3])
            return refusal(
                call, f"There is no command /{interaction.command[:60]}. Did you mean {near}? /help lists all."
            )
        if not call.access.allows(command.right, call.actor.user_id, call.actor.roles):
            return refusal(
                call, f"/{command.path} takes {call.access.holders(command.right)}; you hold none of these roles."
            )
        call = _with_short_names(call, command)
        missing = [option.name for option in command.options if option.required and not call.option(option.name)]
        if missing:
            return refusal(call, f"/{command.path} needs {' and '.join(missing)}.")
        for option in command.options:
            given, allowed = call.option(option.name), [value for _, value in option.choices]
            if given and allowed and given not in allowed:
                return refusal(call, f"{option.name} is one of {', '.join(allowed)}.")
        return command.answer(call)

    def _complete(self, call: Call) -> dict[str, Any]:
        try:
            return choices(self._offers(call))
        except SwitchbackError as problem:
            log.warning("an interaction could not be answered", extra={"problem": str(problem)})
        except Exception:  # whatever it is, the caller gets an answer and the log the stack
            log.exception("an interaction failed")
        return choices([])

    def _offers(self, call: Call) -> Pairs:
        command = BY_PATH.get(call.interaction.command)
        if command is None or not call.access.allows(command.right, call.actor.user_id, call.actor.roles):
            return []
        call = _with_short_names(call, command)
        option = command.option(call.interaction.focused)
        return option.complete(call) if option is not None and option.complete is not None else []

    def _trace(self, call: Call, recorder: TraceRecorder, answered: dict[str, Any], problem: str) -> None:
        """What was handed over is traced by the worker, under the same id: two records of one id would hide each other.
        Looking at traces leaves none: `/debug-last` would only ever find itself."""
        refused = answered if isinstance(answered, Refusal) else None
        content = str(answered.get("data", {}).get("content", "")).replace("*", "").replace("\\", "")
        outcome = "failed" if problem else "refused" if refused else "answered"
        handed_over = isinstance(answered, HandedOver)
        said = {"kind": "interaction", "outcome": "handed over" if handed_over else outcome, "duration_ms": recorder.ms}
        log.info("an interaction was answered", extra=said)
        if handed_over or call.interaction.command == "debug-last" or (refused and not refused.traced):
            return
        record = recorder.finish(
            outcome,
            refused.why if refused else content,
            actor=call.actor.user_id,
            guild_id=call.interaction.guild_id,
            channel_id=call.interaction.channel_id,
            command=call.interaction.said or "a button",
            error=problem,
        )
        try:
            call.outside.traces.put(record)
        except Exception as fault:  # whatever it is, the answer is worth more than its trace
            log.warning("a trace was not stored", extra={"problem": f"{type(fault).__name__}: {fault}"})


def _alert(call: Call, kind: str) -> None:
    """A fault of ours is counted as an alert, and the next tick tells it: this function may not post. What people typed
    names no alert: only a command that there is does."""
    from orchestrator.app.own_alerts import OwnAlerts  # only where something failed: an answer needs none of it

    used = call.interaction.command
    command = f"/{used}" if used in BY_PATH else "a button or an unknown command"
    outside = call.outside
    notice = interaction_failed(outside.environment, command, kind, call.trace_id, outside.clock.now())
    OwnAlerts(outside).count(
        "interaction-failed", command, "critical", notice, call.interaction.id or call.trace_id, trace=call.trace_id
    )


def _with_short_names(call: Call, command: SlashCommand) -> Call:
    """What names a thing is cut to what a key in the table holds: no name is longer, so it is not found either way."""
    longest = {option.name: option.longest for option in command.options if option.complete is not None}
    cut = {name: value[: longest.get(name)] for name, value in call.interaction.options.items()}
    return structs.replace(call, interaction=structs.replace(call.interaction, options=cut))


def _object(event: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = event.get(key)
    return found if isinstance(found, Mapping) else {}


def _raw_body(event: Mapping[str, Any]) -> bytes | None:
    body = event.get("body")
    if not isinstance(body, str):
        return b"" if body is None else None
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return None


def _answer(status: int, body: Mapping[str, Any]) -> Response:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }


def _refused(why: str) -> dict[str, Any]:
    return reply(message(f"⚪ **{why}**", ephemeral=True))


def _not_now(call: Call) -> str:
    return (
        "Switchback could not answer just now, and nothing was changed. Try again in a moment; "
        f"in a hurry, switchback rollback NAME works from a terminal. Trace {call.trace_id}."
    )
