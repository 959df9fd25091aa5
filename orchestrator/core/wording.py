"""What Switchback says in the channel about what it did. Each notice: what happened, what the state is now, what to do
next. Nothing here claims more than was seen: notices that speak of written flags wait until they are read back.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.actors import Actor
from orchestrator.core.durations import say_duration
from orchestrator.core.effects import WriteFlag
from orchestrator.core.facts import Written
from orchestrator.core.gates import ApprovalGate
from orchestrator.core.markdown import escape
from orchestrator.core.notices import Action, Notice
from orchestrator.core.plan import Plan, Safeguard
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.core.verdicts import Verdict

ROLL_BACK = Action(verb="rollback", label="Roll back")
RESUME = Action(verb="resume", label="Resume")
STATUS = Action(verb="status", label="Status")


def said(text: str) -> str:
    """What people wrote, so that it is read and not obeyed: no markdown, no mention, one line."""
    return escape(text, one_line=True)


def place(rollout: Rollout) -> str:
    """Environment first, always."""
    return rollout.environment if rollout.id == STANDING else f"{rollout.environment} · {rollout.id}"


def changes(writes: Sequence[WriteFlag]) -> tuple[str, ...]:
    return tuple(f"`{w.flag}`: {said(w.from_value or 'absent')} → **{said(w.to_value)}**" for w in writes)


def written(writes: Sequence[WriteFlag]) -> tuple[str, ...]:
    if not writes:
        return ("No flag had to move.",)
    return ("Written and read back:", *changes(writes))


def when(at: int) -> str:
    """A time that the reader's own client renders, as a date and as a distance that keeps counting."""
    return f"<t:{at}:f> (<t:{at}:R>)"


def stage_place(rollout: Rollout, plan: Plan) -> str:
    return f"{rollout.stage_key(plan)} (stage {rollout.stage + 1} of {len(plan.stages)})"


def started(rollout: Rollout, plan: Plan, writes: Sequence[WriteFlag], now: int) -> Notice:
    return Notice(
        kind="started",
        tone="progress",
        headline=f"{place(rollout)} started: {stage_place(rollout, plan)}",
        lines=(
            said(plan.title),
            f"Started by {said(rollout.started_by)}: {said(rollout.reason)}",
            *written(writes),
            next_step(rollout, plan),
        ),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def next_step(rollout: Rollout, plan: Plan) -> str:
    """What happens next by itself, and what people will be asked for."""
    stage = plan.stages[rollout.stage]
    asks = [gate.label for gate in stage.gates if isinstance(gate, ApprovalGate)]
    delayed = [f"`{f.flag}` → {f.value} {when(rollout.entered_at + f.after)}." for f in stage.flips if f.after]
    soak = f"It soaks until {when(rollout.entered_at + stage.soak)}" if stage.soak else "It goes on when its gates open"
    return " ".join([*delayed, soak + (f", then asks for {' and '.join(asks)}." if asks else ".")])


def stage_entered(rollout: Rollout, plan: Plan, writes: Sequence[WriteFlag], why: str, now: int) -> Notice:
    return Notice(
        kind="stage",
        tone="progress",
        headline=f"{place(rollout)}: {stage_place(rollout, plan)}",
        lines=(
            said(plan.stages[rollout.stage].goal),
            f"Because {said(why)}.",
            *written(writes),
            next_step(rollout, plan),
        ),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def flipped(rollout: Rollout, plan: Plan, writes: Sequence[WriteFlag], now: int) -> Notice:
    return Notice(
        kind="flip",
        tone="progress",
        headline=f"{place(rollout)}: {stage_place(rollout, plan)}, next flag moved",
        lines=(*written(writes), "Evidence counts from here."),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def approval_wanted(
    rollout: Rollout, plan: Plan, roles: Sequence[str], verdicts: Sequence[Verdict], now: int
) -> Notice:
    passed = tuple(f"passed: {said(verdict.line)}" for verdict in verdicts if verdict.passed)
    return Notice(
        kind="approval",
        tone="waiting",
        headline=f"{place(rollout)}: {rollout.stage_key(plan)} waits for {' and '.join(roles)}",
        lines=(
            "Everything else this stage asks for is met. The flags stay as they are until people say yes.",
            *passed,
        ),
        actions=(Action(verb="approve", label="Approve"), STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def blocked(rollout: Rollout, plan: Plan, line: str, now: int, *, is_known: bool = True) -> Notice:
    """is_known: something was measured, and it was not good enough; without data that is not known."""
    return Notice(
        kind="blocked",
        tone="waiting" if is_known else "unknown",
        headline=f"{place(rollout)}: {rollout.stage_key(plan) or 'the watch'} is ready but cannot go on",
        lines=(
            said(line),
            "The flags stay as they are. It goes on by itself once this clears; /rollout-status shows it live.",
        ),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def watch_begun(rollout: Rollout, plan: Plan, why: str, now: int) -> Notice:
    return Notice(
        kind="watch",
        tone="progress",
        headline=f"{place(rollout)}: all stages done, watching for {say_duration(plan.watch)}",
        lines=(
            f"Because {said(why)}.",
            f"Safeguards stay armed and the flags stay locked until {when(rollout.watch_until)}.",
        ),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def completed(rollout: Rollout, plan: Plan, now: int) -> Notice:
    cleaned = [f"`{flag.name}` stays {rollout.desired.get(flag.name)}" for flag in plan.flags]
    return Notice(
        kind="completed",
        tone="ok",
        headline=f"{place(rollout)} completed after {say_duration(now - rollout.started_at)}",
        lines=(
            "The flags are unlocked and no longer guarded by this rollout.",
            *cleaned,
            "Next: remove the flags from the code.",
        ),
        rollout=rollout.id,
        at=now,
    )


def safeguard_acted(rollout: Rollout, safeguard: Safeguard, why: str, writes: Sequence[WriteFlag], now: int) -> Notice:
    done = ", ".join(f"{w.flag} is {w.to_value}" for w in writes) or "everything was safe already"
    held = "The rollout is held until somebody resumes." if rollout.id != STANDING else "It stays so until `/flag set`."
    return Notice(
        kind="safeguard",
        tone="firing",
        headline=f"{safeguard.severity.upper()} {place(rollout)}: {said(str(safeguard.when))} acted, {done}",
        lines=(f"{said(why)}.", *written(writes), held, *(f"Follow up: {said(item)}" for item in safeguard.follow_up)),
        actions=(STATUS, ROLL_BACK) if rollout.id != STANDING else (),
        rollout=rollout.id,
        at=now,
    )


def own_alarm(environment: str, alarm: str, state: str, now: int) -> Notice:
    """One of the stack's own alarms: about Switchback, not about what it rolls out."""
    firing = state == "ALARM"
    return Notice(
        kind="own_alarm" if firing else "cleared",
        tone="firing" if firing else "ok",
        headline=f"{'CRITICAL ' if firing else ''}{environment} · Switchback's own alarm {said(alarm)} is {state}",
        lines=("RUNBOOK.md, “Alarms”, says what it means and what to do.",) if firing else (),
        at=now,
    )


def unproven(rollout: Rollout, missing: Sequence[Written], now: int) -> Notice:
    """Flags that SSM does not show as they were written."""
    return Notice(
        kind="unproven",
        tone="firing",
        headline=f"CRITICAL {place(rollout)}: {', '.join(report.flag for report in missing)} could not be read back",
        lines=(
            *(
                f"`{report.flag}` should be **{said(report.wanted)}**; SSM returned "
                f"{said(report.read_back) if report.read_back is not None else 'nothing in time'}."
                for report in missing
            ),
            "It is written again every minute until it reads back. `/rollout-status` shows what SSM holds.",
        ),
        actions=(),
        rollout=rollout.id,
        at=now,
    )


def tick_failed(environment: str, rollout: str, why: str, now: int) -> Notice:
    return Notice(
        kind="tick_failed",
        tone="firing",
        headline=f"CRITICAL {environment} · {said(rollout)} cannot be checked",
        lines=(
            f"Why: {said(why)}.",
            "Its flags stay as they are and nothing goes forward. Alarms still act. It is tried again every minute.",
        ),
        at=now,
    )


def alarm_cleared(rollout: Rollout, alarm: str, now: int) -> Notice:
    way_on = "`/rollout resume`" if rollout.id != STANDING else "`/flag set`"
    return Notice(
        kind="cleared",
        tone="ok",
        headline=f"{place(rollout)}: {said(alarm)} is OK again",
        lines=(f"Nothing was changed back. The flags stay safe until a person goes on with {way_on}.",),
        rollout=rollout.id,
        at=now,
    )


def rolled_back(
    rollout: Rollout, plan: Plan, actor: Actor, reason: str, writes: Sequence[WriteFlag], now: int
) -> Notice:
    where = f"to stage {rollout.stage_key(plan)}" if rollout.status == "running" else "to where it started"
    return Notice(
        kind="rolled_back",
        tone="degraded",
        headline=f"{place(rollout)} rolled back {where} by {said(actor.name)}",
        lines=(
            f"Reason: {said(reason)}" if reason else "No reason given yet.",
            *written(writes),
            "Held until somebody resumes."
            if rollout.status == "running"
            else "It stays live and held: `/rollout resume` begins again at its first stage, `/rollout abort` ends it.",
        ),
        actions=(STATUS, RESUME),
        rollout=rollout.id,
        at=now,
    )


def aborted(rollout: Rollout, plan: Plan, actor: Actor, reason: str, writes: Sequence[WriteFlag], now: int) -> Notice:
    return Notice(
        kind="aborted",
        tone="degraded",
        headline=f"{place(rollout)} aborted by {said(actor.name)}",
        lines=(
            f"Reason: {said(reason)}",
            *written(writes),
            "It has ended; its flags are free. A new start is a new rollout.",
        ),
        rollout=rollout.id,
        at=now,
    )


def paused(rollout: Rollout, actor: Actor, reason: str, now: int) -> Notice:
    return Notice(
        kind="paused",
        tone="waiting",
        headline=f"{place(rollout)} paused by {said(actor.name)}",
        lines=(f"Reason: {said(reason) or 'none given'}", "The flags stay as they are; safeguards stay armed."),
        actions=(STATUS, RESUME, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def resumed(rollout: Rollout, plan: Plan, actor: Actor, reason: str, writes: Sequence[WriteFlag], now: int) -> Notice:
    here = stage_place(rollout, plan) if rollout.status == "running" else "the watch"
    return Notice(
        kind="resumed",
        tone="progress",
        headline=f"{place(rollout)} resumed by {said(actor.name)}: {here}",
        lines=(f"Reason: {said(reason)}", *written(writes), "Evidence counts afresh from now."),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def flag_set(rollout: Rollout, flag: str, writes: Sequence[WriteFlag], actor: Actor, reason: str, now: int) -> Notice:
    value = rollout.flags[flag].desired
    held = () if rollout.id == STANDING else ("The rollout is held until somebody resumes.",)
    return Notice(
        kind="flag_set",
        tone="degraded" if rollout.id != STANDING else "ok",
        headline=f"{place(rollout)}: {flag} set to {value} by {said(actor.name)}",
        lines=(f"Reason: {said(reason) or 'none given'}", *written(writes), *held),
        rollout=rollout.id,
        at=now,
    )


def adopted(rollout: Rollout, flag: str, old: str, new: str, by: str, now: int) -> Notice:
    hand = by == "hand"
    who = "changed by hand" if hand else f"set by {by} while the table was down"
    stays = "`/flag set` turns it on again" if rollout.id == STANDING else "the rollout is held until somebody resumes"
    return Notice(
        kind="adopted",
        tone="degraded",
        headline=f"{place(rollout)}: {flag} was {who} to {said(new)}, and stays so",
        lines=(f"`{flag}`: {said(old)} → **{said(new)}**. Switchback does not undo it: {stays}.",),
        actions=() if rollout.id == STANDING else (STATUS, RESUME, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def drifted(rollout: Rollout, flag: str, found: str, wanted: str, now: int) -> Notice:
    what = f"changed by hand to {said(found)}" if found else "deleted by hand"
    return Notice(
        kind="drift",
        tone="degraded",
        headline=f"{place(rollout)}: {flag} was {what}; it should be {wanted}",
        lines=(
            "Left as found, and the rollout is held.",
            "Adopt keeps what is there; Revert writes the rollout's value again.",
        ),
        actions=(
            Action(verb="adopt", label="Adopt", flag=flag),
            Action(verb="revert", label="Revert", flag=flag),
            ROLL_BACK,
        ),
        rollout=rollout.id,
        at=now,
    )


def kept_safe(rollout: Rollout, flag: str, found: str, wanted: str, by: str, now: int) -> Notice:
    return Notice(
        kind="kept_safe",
        tone="degraded",
        headline=f"{place(rollout)}: {flag} was changed to {said(found) or 'nothing'} by hand and is {wanted} again",
        lines=(f"Kept by {said(by) or 'the rollback'} until a person resumes.",),
        rollout=rollout.id,
        at=now,
    )


def drift_settled(rollout: Rollout, flag: str, value: str, how: str, actor: Actor, now: int) -> Notice:
    return Notice(
        kind="drift_settled",
        tone="progress",
        headline=f"{place(rollout)}: {flag} {how} by {said(actor.name)}, it is {said(value)}",
        lines=("The rollout goes on." if not rollout.holds else "Other holds still stand.",),
        rollout=rollout.id,
        at=now,
    )
