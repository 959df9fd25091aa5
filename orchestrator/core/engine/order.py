"""The order of a tick: flags, safeguards, holds, flips, soak, alarms, gates, and people last.

Safeguards come before everything that could stop them. An approval is asked for only when it is the last thing
missing, so that whoever says yes has seen the numbers that are still true.
"""

from __future__ import annotations

from msgspec import structs

from orchestrator.core import wording
from orchestrator.core.durations import say_duration
from orchestrator.core.effects import Decision, Effect, Post
from orchestrator.core.engine import drift, safeguards
from orchestrator.core.engine.moves import enter_stage, make_flip
from orchestrator.core.facts import Facts
from orchestrator.core.gates import ApprovalGate, ThresholdGate, judge, missing_roles
from orchestrator.core.gates import questions as gate_questions
from orchestrator.core.plan import Plan, SignalCondition
from orchestrator.core.rollout import Rollout
from orchestrator.core.signals import MINUTE, WATERMARK, Wanted
from orchestrator.core.verdicts import Verdict


def tick(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Decision:
    """What is to be done now, from what was seen. The same rollout comes back when there is nothing."""
    found = drift.reconcile(plan, rollout, facts, now)
    decision = safeguards.missed(plan, found.rollout, facts, now)
    if decision is None:
        decision = _go_on(plan, found.rollout, facts, now)
    return drift.then(plan, found, decision)


def _go_on(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Decision:
    match rollout.status:
        case "standing":
            return _hold(rollout, "standing", "armed")
        case "completed" | "aborted":
            return Decision(kind="hold", rollout=rollout, reason=f"{rollout.id} has ended")
        case "aborting":
            return _end_abort(plan, rollout, now)
        case "rolled_back":
            return _hold(rollout, "rolled_back", "rolled back; resume begins again, abort ends it")
        case "running" | "watching":
            pass
    if rollout.holds:
        newest = rollout.holds[-1]
        return _hold(rollout, f"held:{newest.kind}", f"held: {newest.reason}")
    if rollout.pending:
        return _hold(rollout, "pending", f"not read back yet: {', '.join(rollout.pending)}")
    if rollout.status == "watching":
        return _watch(plan, rollout, facts, now)
    return _stage(plan, rollout, facts, now)


def _stage(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Decision:
    stage = plan.stages[rollout.stage]
    if rollout.flips < len(stage.flips) and now >= rollout.entered_at + stage.flips[rollout.flips].after:
        unready = not_ready(plan, facts)
        if unready:
            return _told(
                plan, rollout, f"alarms:{unready}", f"the next flag of {stage.key} cannot move: {unready}", now
            )
        moved, writes = make_flip(plan, rollout, now)
        post = Post(channel="ops", notice=wording.flipped(moved, plan, writes, now), proves=True)
        return Decision(
            kind="advance", rollout=moved, reason=f"{stage.key}: its next flag moves", effects=(*writes, post)
        )
    left = soak_ends(plan, rollout) - now
    if left > 0:
        return _hold(rollout, "soak", f"{stage.key} soaks for {say_duration(left)} more")
    unready = not_ready(plan, facts)
    if unready:
        return _told(plan, rollout, f"alarms:{unready}", unready, now)
    verdicts = judge_stage(plan, rollout, facts, now)
    return structs.replace(_judged(plan, rollout, verdicts, now), verdicts=tuple(verdicts))


def _judged(plan: Plan, rollout: Rollout, verdicts: list[Verdict], now: int) -> Decision:
    """Wait for measurements, then for people, then go on."""
    waiting = [verdict for verdict in verdicts if not verdict.passed]
    blocking = [verdict for verdict in waiting if not _is_people(plan, rollout, verdict)]
    if blocking:
        code = f"gates:{','.join(f'{verdict.gate}={verdict.outcome}' for verdict in blocking)}"
        worth_saying = next((verdict for verdict in blocking if verdict.outcome != "waiting"), None)
        if worth_saying is None:
            return _hold(rollout, code, blocking[0].line)
        is_known = worth_saying.outcome not in ("no_data", "error")
        return _told(plan, rollout, code, worth_saying.line, now, is_known=is_known)
    if waiting:
        return _ask(plan, rollout, verdicts, now)
    return advance(plan, rollout, now, "every gate is open")


def advance(plan: Plan, rollout: Rollout, now: int, why: str) -> Decision:
    """The next stage, or the watch after the last one, or the end where there is no watch."""
    if rollout.stage + 1 < len(plan.stages):
        moved, writes = enter_stage(plan, rollout, rollout.stage + 1, now)
        post = Post(channel="ops", notice=wording.stage_entered(moved, plan, writes, why, now), proves=True)
        reason = f"{moved.stage_key(plan)} entered: {why}"
        return Decision(kind="advance", rollout=moved, reason=reason, effects=(*writes, post))
    if plan.watch:
        watching = structs.replace(
            rollout,
            status="watching",
            entered_at=now,
            evidence_from=now,
            watch_until=now + plan.watch,
            waiting="",
            told=(),
            transition=rollout.transition + 1,
        )
        post = Post(channel="ops", notice=wording.watch_begun(watching, plan, why, now))
        reason = f"the last stage is done; watching for {say_duration(plan.watch)}"
        return Decision(kind="watch", rollout=watching, reason=reason, effects=(post,))
    return _complete(plan, rollout, now)


def _watch(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Decision:
    left = rollout.watch_until - now
    if left > 0:
        return _hold(rollout, "watch", f"watching for {say_duration(left)} more")
    unready = not_ready(plan, facts)
    if unready:
        return _told(plan, rollout, f"alarms:{unready}", f"the watch cannot close: {unready}", now)
    return _complete(plan, rollout, now)


def _complete(plan: Plan, rollout: Rollout, now: int) -> Decision:
    done = structs.replace(
        rollout, status="completed", ended_at=now, waiting="", waiting_line="", transition=rollout.transition + 1
    )
    post = Post(channel="ops", notice=wording.completed(done, plan, now))
    effects: tuple[Effect, ...] = (*safeguards.disarmed(plan, done.id), post)
    return Decision(kind="complete", rollout=done, reason="the watch closed quietly", effects=effects)


def _end_abort(plan: Plan, rollout: Rollout, now: int) -> Decision:
    if rollout.pending:
        return _hold(rollout, "pending", f"not read back yet: {', '.join(rollout.pending)}")
    done = structs.replace(rollout, status="aborted", ended_at=now, waiting="", waiting_line="", holds=())
    reason = "every flag was read back; the rollout has ended"
    return Decision(kind="abort", rollout=done, reason=reason, effects=safeguards.disarmed(plan, done.id))


def judge_stage(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> list[Verdict]:
    """Every gate of the stage, people last."""
    gates = sorted(plan.stages[rollout.stage].gates, key=lambda gate: isinstance(gate, ApprovalGate))
    given = rollout.approvals_here(plan)
    signals = plan.signals_by_name
    return [judge(gate, signals, facts.answers, given, now, since=rollout.evidence_from) for gate in gates]


def questions(plan: Plan, rollout: Rollout, now: int) -> tuple[Wanted, ...]:
    """What must be measured before this tick is decided: the safeguards', after the soak the gates' too."""
    wanted = list(safeguards.questions(plan, rollout, now))
    if rollout.status == "running" and not rollout.holds and now >= soak_ends(plan, rollout):
        gates = plan.stages[rollout.stage].gates
        wanted.extend(gate_questions(gates, plan.signals_by_name, now, since=rollout.evidence_from))
    return tuple(dict.fromkeys(wanted))


def soak_ends(plan: Plan, rollout: Rollout) -> int:
    """When the stage may be left at the earliest: after its soak, and after its last delayed flip."""
    stage = plan.stages[rollout.stage]
    return rollout.entered_at + max([stage.soak, *(flip.after for flip in stage.flips)])


def next_decision(plan: Plan, rollout: Rollout, now: int) -> int | None:
    """The earliest time after `now` at which `tick`, having ticked at `now`, may answer otherwise although nothing
    outside changes and the measurements have settled; None when it will not."""
    if rollout.status == "aborting" or rollout.pending:
        return now + MINUTE
    if rollout.holds or rollout.status not in ("running", "watching"):
        return None
    due = rollout.watch_until if rollout.status == "watching" else soak_ends(plan, rollout)
    if rollout.status == "running" and rollout.flips < len(flips := plan.stages[rollout.stage].flips):
        due = rollout.entered_at + flips[rollout.flips].after
    if due > now:
        return due
    # What blocks it now is outside, unless the answer that it waited for has come since its last tick.
    is_asking = rollout.waiting.startswith("approval:") and rollout.waiting != asked_of(plan, rollout)[0]
    return now + MINUTE if is_asking or not rollout.waiting else None


def longest_window(plan: Plan, rollout: Rollout, now: int) -> int:
    """Seconds that the measurements which matter now look back: the safeguards', after the soak the gates' too."""
    windows = [s.when.condition.window for s in plan.safeguards if isinstance(s.when, SignalCondition)]
    if rollout.status == "running" and now >= soak_ends(plan, rollout):
        gates = plan.stages[rollout.stage].gates
        windows += [gate.condition.window for gate in gates if isinstance(gate, ThresholdGate)]
    return max(windows, default=0)


def settles_at(plan: Plan, rollout: Rollout, now: int) -> int:
    """When every window that matters lies wholly behind the newest evidence: from then on, in a world that does not
    change, the measurements no longer do either."""
    return rollout.evidence_from + longest_window(plan, rollout, now) + WATERMARK + MINUTE


def not_ready(plan: Plan, facts: Facts) -> str:
    """Why nothing may go forward: alarms that are not OK, or flags that cannot be seen. Empty when it may."""
    if not facts.flags_read:
        return "the flags cannot be read from SSM; nothing goes on blind"
    return unready_alarms(plan, facts)


def unready_alarms(plan: Plan, facts: Facts) -> str:
    """Why the bound alarms forbid going on: in ALARM, without data, or missing. Empty when all are OK."""
    if not plan.alarms():
        return ""
    if not facts.alarms_read:
        return "the alarms cannot be read; nothing goes on blind"
    faults = []
    for name in plan.alarms():
        reading = facts.alarms.get(name)
        if reading is None:
            faults.append(f"alarm {name} does not exist")
        elif reading.state != "OK":
            faults.append(f"alarm {name} is in {reading.state}")
    return "; ".join(faults)


def _is_people(plan: Plan, rollout: Rollout, verdict: Verdict) -> bool:
    return any(isinstance(g, ApprovalGate) and g.label == verdict.gate for g in plan.stages[rollout.stage].gates)


def _ask(plan: Plan, rollout: Rollout, verdicts: list[Verdict], now: int) -> Decision:
    code, roles = asked_of(plan, rollout)
    line = f"waits for {' and '.join(roles)} to approve"
    asked = f"ask:{rollout.stage_key(plan)}"
    if asked in rollout.told:
        return _hold(rollout, code, line)
    post = Post(channel="ops", notice=wording.approval_wanted(rollout, plan, roles, verdicts, now))
    held = structs.replace(rollout, waiting=code, waiting_line=line, told=(*rollout.told, asked))
    return Decision(kind="hold", rollout=held, reason=line, effects=(post,))


def asked_of(plan: Plan, rollout: Rollout) -> tuple[str, tuple[str, ...]]:
    """The code of waiting for this stage's approvals, and who has still to say yes, `a or b` where either will do."""
    given = rollout.approvals_here(plan)
    gates = [gate for gate in plan.stages[rollout.stage].gates if isinstance(gate, ApprovalGate)]
    missing = [(gate, missing_roles(gate, given)) for gate in gates]
    roles = dict.fromkeys(role for _, roles in missing for role in roles)
    said = [name for gate, roles in missing for name in ([" or ".join(roles)] if gate.any_of and roles else roles)]
    return f"approval:{','.join(roles)}", tuple(dict.fromkeys(said))


def _hold(rollout: Rollout, code: str, line: str) -> Decision:
    """Nothing to do, and why. Saved only when the kind of reason has changed, not with every minute of a soak."""
    if rollout.waiting != code:
        rollout = structs.replace(rollout, waiting=code, waiting_line=line)
    return Decision(kind="hold", rollout=rollout, reason=line)


def _told(plan: Plan, rollout: Rollout, code: str, line: str, now: int, *, is_known: bool = True) -> Decision:
    """A stage that is ripe but blocked is said once in the channel; after that, `/rollout-status` tells."""
    said = f"blocked:{rollout.stage_key(plan)}"
    if said in rollout.told:
        return _hold(rollout, code, line)
    post = Post(channel="ops", notice=wording.blocked(rollout, plan, line, now, is_known=is_known))
    held = structs.replace(rollout, waiting=code, waiting_line=line, told=(*rollout.told, said))
    return Decision(kind="hold", rollout=held, reason=line, effects=(post,))
