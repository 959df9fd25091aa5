"""`/rollout start|promote|skip|approve|tick|pause|resume|hold-all|free-all|abort|list` and `/rollback`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.adapters.discord.commands import names
from orchestrator.adapters.discord.commands.asking import ask, command_for, refusal
from orchestrator.adapters.discord.commands.call import Call, Option, SlashCommand
from orchestrator.adapters.discord.commands.status import status_line
from orchestrator.adapters.discord.payload import Colour, Embed, message, reply
from orchestrator.app import views
from orchestrator.core.commands import Verb
from orchestrator.core.markdown import escape
from orchestrator.core.nearest import nearest


def _asks(verb: Verb, *carried: str) -> Callable[[Call], dict[str, Any]]:
    """A subcommand that previews `verb` on the plan it names, if it names one. The options `carried` go with it where
    they are given."""

    def answer(call: Call) -> dict[str, Any]:
        args = {name: given for name in carried if (given := call.option(name))}
        return ask(call, command_for(call, verb, call.option("plan"), reason=call.option("reason"), args=args))

    return answer


def _rollback(call: Call) -> dict[str, Any]:
    """A live rollout by its plan's name, or one flag to its safe value."""
    name, reason = call.option("what"), call.option("reason")
    if not isinstance(views.find_rollout(call.outside, name), str):
        to = call.option("to") or "start"
        return ask(call, command_for(call, "rollback", name, reason=reason, args={"to": to}))
    flags = call.outside.flags.all()
    if name in flags:
        return ask(call, command_for(call, "rollback_flag", name, reason=reason))
    live = [rollout.plan for rollout in views.rollouts(call.outside) if rollout.is_live]
    near = ", ".join(nearest(name, [*live, *sorted(flags)])[:8])
    return refusal(call, f"there is no live rollout and no flag {name}; there is {near or 'neither'}")


def _list(call: Call) -> dict[str, Any]:
    live = views.rollouts(call.outside)
    plans = views.plans(call.outside)
    lines = [status_line(call, rollout) for rollout in live] or ["No rollout yet."]
    lines.append("**Published plans**")
    lines += [
        f"- `{plan.name}` {escape(plan.title, one_line=True)}"
        f" (`{plan.hash[:8]}`, by {escape(plan.by, one_line=True)}, <t:{plan.at}:R>)"
        for plan in plans
    ] or ["None yet: `switchback plan publish FILE` publishes one."]
    embed = Embed(description="\n".join(lines), colour=Colour.PROGRESS, at=call.outside.clock.now())
    return reply(message(f"**{call.outside.environment} · rollouts**", [embed], ephemeral=True))


_PUBLISHED = Option(name="plan", description="A published plan", required=True, complete=names.published)
_LIVE = Option(name="plan", description="A plan with a live rollout", required=True, complete=names.live_plans)
_REASON = Option(name="reason", description="Why: it goes into the audit", required=True)
_MAYBE = Option(name="reason", description="Why, if there is time: it goes into the audit")

COMMANDS = (
    SlashCommand(
        path="rollout start",
        description="Start a published plan at its first stage",
        right="rollout start",
        options=(_PUBLISHED, _REASON),
        answer=_asks("start"),
        example="/rollout start plan:prisma-persistence reason:week 39",
    ),
    SlashCommand(
        path="rollout promote",
        description="Go on to the next stage now, past soak and gates",
        right="rollout promote",
        options=(_LIVE, _REASON),
        answer=_asks("promote"),
    ),
    SlashCommand(
        path="rollout skip",
        description="Pass an optional stage by, without its gates",
        right="rollout promote",
        options=(_LIVE, _REASON),
        answer=_asks("skip"),
    ),
    SlashCommand(
        path="rollout approve",
        description="Say yes to the stage that waits for you",
        right="rollout approve",
        options=(
            _LIVE,
            Option(
                name="gate",
                description="Which approval, where the stage has several; the first you can give if left out",
                complete=names.open_approvals,
            ),
            _MAYBE,
        ),
        answer=_asks("approve", "gate"),
    ),
    SlashCommand(
        path="rollout tick",
        description="Tick an item of the stage's checklist off",
        right="rollout approve",
        options=(
            _LIVE,
            Option(name="item", description="What is done", required=True, complete=names.open_items),
            Option(name="evidence", description="Where it can be seen, such as a link"),
        ),
        answer=_asks("tick", "item", "evidence"),
        example="/rollout tick plan:prisma-persistence item:on-call briefed",
    ),
    SlashCommand(
        path="rollout pause",
        description="Stop going forward; flags stay, safeguards stay armed",
        right="rollout pause",
        options=(_LIVE, _MAYBE),
        answer=_asks("pause"),
    ),
    SlashCommand(
        path="rollout resume",
        description="Lift every hold and go on from here",
        right="rollout resume",
        options=(
            _LIVE,
            _REASON,
            Option(
                name="hold",
                description="Lift only the pause of this person; every hold if left out",
                complete=names.who_paused,
            ),
        ),
        answer=_asks("resume", "hold"),
    ),
    SlashCommand(
        path="rollout hold-all",
        description="Hold the line: no rollout goes forward; safeguards stay armed",
        right="rollback",
        options=(_REASON,),
        answer=_asks("hold_line"),
        example="/rollout hold-all reason:incident 42",
    ),
    SlashCommand(
        path="rollout free-all",
        description="Free the line: rollouts go on, unless something else holds them",
        right="rollout resume",
        options=(_REASON,),
        answer=_asks("free_line"),
    ),
    SlashCommand(
        path="rollout abort",
        description="Roll everything back and end the rollout for good",
        right="rollout abort",
        options=(_LIVE, _MAYBE),
        answer=_asks("abort"),
    ),
    SlashCommand(
        path="rollout list",
        description="Rollouts and published plans",
        right="look",
        answer=_list,
    ),
    SlashCommand(
        path="rollback",
        description="Take a rollout, or one flag, back now",
        right="rollback",
        options=(
            Option(
                name="what",
                description="A live rollout's plan, or a flag",
                required=True,
                complete=names.what_can_go_back,
            ),
            Option(name="reason", description="Why, if there is time"),
            Option(
                name="to",
                description="How far a rollout goes back; to its start unless you say otherwise",
                choices=(("where it started", "start"), ("the stage before", "previous"), ("every flag safe", "safe")),
            ),
        ),
        answer=_rollback,
        example="/rollback what:prisma-persistence",
    ),
)
