"""`/rollout-status`: where a rollout is, why, and what the flags hold by SSM's own word."""

from __future__ import annotations

from typing import Any

from orchestrator.adapters.discord.commands import names
from orchestrator.adapters.discord.commands.asking import refusal
from orchestrator.adapters.discord.commands.call import Call, Option, SlashCommand
from orchestrator.adapters.discord.payload import Colour, Embed, Field, message, reply
from orchestrator.app import views
from orchestrator.app.views import FlagView, StatusView
from orchestrator.core.markdown import escape
from orchestrator.core.rollout import Rollout

_OUTCOMES = {"pass": "✅", "fail": "❌", "waiting": "⏳", "insufficient": "⏳", "no_data": "⚪", "error": "⚪"}


def _status(call: Call) -> dict[str, Any]:
    name = call.option("rollout")
    if not name:
        live = [rollout for rollout in views.rollouts(call.outside) if rollout.is_live]
        if not live:
            return refusal(call, "No rollout is live. /rollout list shows the plans there are.")
        return show(call, *live[:5])
    found = views.find_rollout(call.outside, name)
    return refusal(call, found) if isinstance(found, str) else show(call, found)


def show(call: Call, *rollouts: Rollout) -> dict[str, Any]:
    """One card a rollout, from the state and from SSM as it is now."""
    seen = [views.status(call.outside, rollout) for rollout in rollouts]
    head = "; ".join(f"{view.rollout.id}: {escape(view.headline)}" for view in seen)
    return reply(message(f"**{call.outside.environment} · {head}**", [_card(view) for view in seen], ephemeral=True))


def _card(view: StatusView) -> Embed:
    rollout, plan = view.rollout, view.plan
    lines = [
        escape(plan.title, one_line=True),
        f"{progress(view)} **{escape(view.headline)}**",
        "" if rollout.holds else f"Now: {escape(view.waits_for)}",
    ]
    if view.next_decision is not None and not rollout.holds:
        lines.append(f"Next decision: <t:{view.next_decision}:R>")
    for entry in rollout.holds:
        lines.append(
            f"⏸ Held: {escape(entry.reason, one_line=True)} ({escape(entry.by, one_line=True)}, <t:{entry.since}:R>)"
        )
    if rollout.holds:
        lines.append("`/rollout resume` goes on; `/rollback` takes everything back.")
    if view.newer_plan:
        lines.append("A newer version of the plan is published; this rollout stays on its own.")
    fields = [Field("Flags, as SSM holds them", "\n".join(flag_line(flag) for flag in view.flags) or "none")]
    if not view.flags_read:
        fields = [Field("Flags", "SSM cannot be read now; nothing is claimed about them.")]
    if view.verdicts:
        gates = "\n".join(f"{_OUTCOMES[v.outcome]} {escape(v.line, one_line=True)}" for v in view.verdicts)
        fields.append(Field(f"Gates, as of <t:{view.measured_at}:t>", gates))
    given = rollout.approvals_here(plan)
    if given:
        said = "\n".join(f"✅ {escape(a.name, one_line=True)} as {a.role} <t:{a.at}:R>" for a in given)
        fields.append(Field("Approved by", said))
    fields.append(
        Field(
            "Plan",
            f"`{plan.name}` `{rollout.plan_hash[:8]}`, started <t:{rollout.started_at}:R>"
            f" by {escape(rollout.started_by, one_line=True)}",
        )
    )
    return Embed(
        description="\n".join(line for line in lines if line), fields=fields, colour=_colour(view), at=view.now
    )


def progress(view: StatusView) -> str:
    """▰▰▱▱▱, a mark a stage."""
    stages = len(view.plan.stages)
    done = stages if view.rollout.status in ("watching", "completed") else view.rollout.stage + 1
    return "▰" * done + "▱" * (stages - done)


def flag_line(flag: FlagView) -> str:
    """What SSM returned, and where it is not what the state wants."""
    if flag.live is None:
        return f"❔ `{flag.name}` has no parameter"
    line = f"`{flag.name}` **{escape(flag.live.value, one_line=True)}**"
    if flag.state is not None and flag.state.kept_by:
        line += f" (kept by {escape(flag.state.kept_by, one_line=True)})"
    if flag.differs and flag.state is not None:
        line = f"⚠️ {line}, wanted {flag.state.desired}"
    return line


def status_line(call: Call, rollout: Rollout) -> str:
    view = views.status(call.outside, rollout)
    return f"- **{rollout.id}** {progress(view)} {escape(view.headline)}; started <t:{rollout.started_at}:R>"


def _colour(view: StatusView) -> Colour:
    if view.rollout.holds or any(flag.differs for flag in view.flags):
        return Colour.DEGRADED
    if view.rollout.waiting.startswith("approval:"):
        return Colour.WAITING
    return Colour.OK if view.rollout.status == "completed" else Colour.PROGRESS


COMMANDS = (
    SlashCommand(
        path="rollout-status",
        description="Where a rollout is, why, and what the flags hold",
        right="look",
        options=(
            Option(
                name="rollout", description="A plan or a rollout; all live ones if left out", complete=names.any_rollout
            ),
        ),
        answer=_status,
        example="/rollout-status",
    ),
)
