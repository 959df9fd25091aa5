"""A rollout's status in lines, the same for the channel and for a terminal: what stops it first, then all the rest.

Lines are Discord markdown with people's texts escaped; times are `<t:…>`. A terminal shows them as plain text.
"""

from __future__ import annotations

from msgspec import Struct

from orchestrator.app.views import FlagView, GateView, StatusView
from orchestrator.core.durations import say_duration
from orchestrator.core.engine import soak_ends
from orchestrator.core.rollout import Drilling, Rollout
from orchestrator.core.targets import Report
from orchestrator.core.wording import said, said_value, when
from orchestrator.core.wording.ladder import say_climbing, say_clock

SIGNS = {"pass": "✅", "fail": "❌", "waiting": "⏳", "insufficient": "⏳", "no_data": "⚪", "error": "⚪"}


class Section(Struct, frozen=True, kw_only=True):
    """A title and its lines, of which none is empty."""

    title: str
    lines: tuple[str, ...]


def summary(view: StatusView) -> tuple[str, ...]:
    """Where it is and what stops it, worst first; then what it waits for and what comes next."""
    rollout = view.rollout
    stops = (*_stops(view), *_on_the_way(view))
    lines = [said(view.plan.title), f"{progress(view)} **{said(view.headline)}**", *stops]
    if rollout.holds:
        lines.append("`/rollout resume` goes on; `/rollback` takes everything back.")
    else:
        lines.append(f"Now: {said(view.waits_for)}")
        if view.next_decision is not None:
            lines.append(f"Next decision: <t:{view.next_decision}:R>")
    lines += _stage(view)
    if view.newer_plan:
        lines.append("A newer version of the plan is published; this rollout stays on its own.")
    return tuple(line for line in lines if line)


def sections(view: StatusView) -> tuple[Section, ...]:
    """Gates (what blocks first), the newest runs, the flags as SSM holds them, who said yes, and the plan."""
    rollout = view.rollout
    flags = tuple(flag_line(flag) for flag in view.flags) or ("none",)
    if not view.flags_read:
        flags = ("SSM cannot be read now; nothing is claimed about them.",)
    approved = tuple(
        f"✅ {said(a.name)} as {said(a.role)}{f' for {said(a.gate)}' if a.gate else ''} <t:{a.at}:R>"
        for a in rollout.approvals_here(view.plan)
    )
    started = f"started <t:{rollout.started_at}:R> by {said(rollout.started_by)}"
    found = (
        Section(title=_gates_title(view), lines=_gate_lines(view)),
        Section(title="Flags, as SSM holds them" if view.flags_read else "Flags", lines=flags),
        Section(title="Newest runs and reports", lines=tuple(_report_line(report) for report in view.reports)),
        Section(title="Approved by", lines=approved),
        Section(title="Plan", lines=(f"`{view.plan.name}` `{rollout.plan_hash[:8]}`, {started}",)),
    )
    return tuple(section for section in found if section.lines)


def progress(view: StatusView) -> str:
    """▰▰▱▱▱, a mark a stage."""
    return marks(view.rollout, len(view.plan.stages))


def marks(rollout: Rollout, stages: int) -> str:
    done = stages if rollout.status in ("watching", "completed") else rollout.stage + 1
    return "▰" * done + "▱" * (stages - done)


def flag_line(flag: FlagView) -> str:
    """What SSM returned, as people read it, and where it is not what the state wants."""
    if flag.live is None:
        return f"❔ `{flag.name}` has no parameter"
    line = f"`{flag.name}` **{said_value(flag.live.value)}**"
    if flag.state is not None and flag.state.kept_by:
        line += f" (kept by {said(flag.state.kept_by)})"
    if flag.differs and flag.state is not None:
        return f"⚠️ {line}, wanted {said_value(flag.state.desired or '')}"
    if flag.state is not None and flag.state.pending:
        line += ", not read back yet"
    return line


def _stops(view: StatusView) -> list[str]:
    """What keeps it from going forward, each with whose it is and what ends it."""
    lines = []
    if view.line is not None:
        held = f"{said(view.line.by)}: {said(view.line.reason)}, <t:{view.line.since}:R>"
        lines.append(f"⛔ The line is held by {held}. `/rollout free-all` ends it.")
    for entry in view.rollout.holds:
        lines.append(f"⏸ Held: {said(entry.reason)} ({said(entry.by)}, <t:{entry.since}:R>)")
    if view.unready:
        lines.append(f"🔴 Nothing goes forward: {said(view.unready)}.")
    if view.freeze is not None:
        lines.append(f"⛔ Frozen until {when(view.freeze.until)}: {said(view.freeze.reason)}")
    return lines


def _on_the_way(view: StatusView) -> list[str]:
    """What is under way, live: the ladder, the way back, a drill."""
    rollout = view.rollout
    lines = []
    if rollout.climbing is not None:
        lines.append(f"🪜 Ladder: {say_climbing(view.plan, rollout.climbing)}")
    if view.clock is not None:
        lines.append(f"⏱ Way back: {said(say_clock(view.plan, view.clock, view.now))}")
    if rollout.drilling is not None:
        lines.append(f"🧪 {_drill(rollout.drilling)}")
    return lines


def _drill(drilling: Drilling) -> str:
    where = f"was off <t:{drilling.off_at}:R>, on its way on again" if drilling.off_at else "on its way to safe"
    return f"Drill of `{drilling.flag}` since <t:{drilling.since}:R>: {where}"


def _stage(view: StatusView) -> list[str]:
    """The stage's times and what is special about it."""
    rollout, plan = view.rollout, view.plan
    if rollout.status != "running":
        return []
    stage = plan.stages[rollout.stage]
    ends = soak_ends(plan, rollout)
    parts = [f"in it since <t:{rollout.entered_at}:R>"]
    if stage.soak:
        parts.append(f"soaks {say_duration(stage.soak)}, {'until' if ends > view.now else 'done'} <t:{ends}:f>")
    if stage.expect:
        over = rollout.entered_at + stage.expect
        passed = "until" if over > view.now else "over since"
        parts.append(f"{say_duration(stage.expect)} expected, {passed} <t:{over}:f>")
    lines = [f"Stage: {'; '.join(parts)}"]
    if rollout.marker is not None and rollout.marker.at >= rollout.entered_at:
        lines.append(f"Evidence counts since <t:{rollout.evidence_from}:R>: {said(rollout.marker.what)} changed")
    if stage.optional:
        lines.append("Optional: `/rollout skip` passes it by.")
    if stage.no_return:
        lines.append("No return: safeguards hold and alert here, and take no flag back.")
    if stage.pin:
        lines.append(f"Pinned, so that no way back moves it: {', '.join(f'`{name}`' for name in stage.pin)}")
    return lines


def _gates_title(view: StatusView) -> str:
    return f"Gates, as of <t:{view.measured_at}:t>" if view.measured_at else "Gates"


def _gate_lines(view: StatusView) -> tuple[str, ...]:
    ordered = sorted(view.gates, key=_rank)
    return tuple(_gate_line(view, gate) for gate in ordered)


def _rank(gate: GateView) -> int:
    """What blocks comes first, and of that what has been judged."""
    return (0 if gate.verdict is not None else 1) if gate.blocks else 2


def _gate_line(view: StatusView, gate: GateView) -> str:
    verdict = gate.verdict
    if verdict is None:
        return f"⏳ {said(gate.label)}: {_judged_when(view)}"
    name = f"{said(gate.name)}: " if gate.name else ""
    return f"{SIGNS[verdict.outcome]} {name}{said(verdict.line)}" + (" (only told)" if verdict.advisory else "")


def _judged_when(view: StatusView) -> str:
    rollout = view.rollout
    if rollout.status == "watching":
        return "judged at the end of the watch" if rollout.watch_until > view.now else "not judged yet"
    return "judged after the soak" if soak_ends(view.plan, rollout) > view.now else "not judged yet"


def _report_line(report: Report) -> str:
    more = f": {said(report.line)}" if report.line else ""
    return f"{SIGNS[report.result]} {said(report.name)} <t:{report.at}:R>{more}"
