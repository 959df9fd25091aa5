"""Whether a plan that can be read also makes sense: what its parts say together."""

from __future__ import annotations

from orchestrator.core.gates import DrillGate
from orchestrator.core.plan import Plan, SetFlags
from orchestrator.core.plan_text.courses import Course, courses_of
from orchestrator.core.plan_text.growth import check_growth
from orchestrator.core.plan_text.outline import Outline
from orchestrator.core.plan_text.promises import check_promises
from orchestrator.core.plan_text.reader import Reader
from orchestrator.core.plan_text.strictness import check_strictness
from orchestrator.core.plan_text.way_back import check_way_back


def check_meaning(reader: Reader, plan: Plan, outline: Outline) -> None:
    courses = courses_of(plan)
    _every_stage_does_something(reader, courses, outline)
    _everything_is_used(reader, plan, outline)
    for course in courses:
        _final_values_are_reached(reader, course, outline)
        _drills_have_something_to_switch_off(reader, course, outline)
        check_growth(reader, course, outline)
        check_way_back(reader, course, outline)
    _pinned_flags_stay(reader, plan, outline)
    check_strictness(reader, plan, outline)
    check_promises(reader, plan, outline)


def _every_stage_does_something(reader: Reader, courses: list[Course], outline: Outline) -> None:
    idle: dict[str, bool] = {}
    for course in courses:
        for stage, before, after in course.stages():
            moves = before != after or any(flip.flag in outline.in_doubt for flip in stage.flips)
            idle[stage.key] = idle.get(stage.key, True) and not moves
    for key, does_nothing in idle.items():
        if does_nothing and key not in outline.busy_stages:
            wrong = f"the stage {key} changes nothing and waits for nothing"
            reader.fault(outline.stage_lines[key], wrong, "add set:, soak: or gates:, or leave the stage out")


def _everything_is_used(reader: Reader, plan: Plan, outline: Outline) -> None:
    used = _moved(plan) | _guarded(plan) | outline.in_doubt
    for flag in plan.flags:
        if flag.name not in used:
            wrong = f"no stage moves {flag.name} and no safeguard sets it"
            right = f"add set: {{{flag.name}: value}} to a stage, or leave it out"
            reader.fault(outline.flag_lines[flag.name], wrong, right)
    doubtful = len(outline.in_doubt) == len(outline.flags)
    for name, line in outline.cohort_lines.items():
        if outline.cohorts[name] is not None and name not in outline.used_cohorts and not doubtful:
            reader.fault(line, f"no stage moves a flag for the cohort {name}", f"write cohort: {name}, or leave it out")
    climbs = bool(outline.climb_lines) or any(stage.no_return for stage in plan.stages)
    if outline.ladder_line and not climbs:
        wrong = "nothing climbs the ladder"
        reader.fault(outline.ladder_line, wrong, "write do: ladder in a safeguard, or no_return: true at a stage")
    for line in () if outline.ladder_line else outline.climb_lines:
        reader.fault(
            line, "the plan has no ladder to climb", "add ladder: [{rung: back one stage, rollback: previous}]"
        )


def _moved(plan: Plan) -> set[str]:
    return {flip.flag for stage in plan.stages for flip in stage.flips}


def _guarded(plan: Plan) -> set[str]:
    actions = [safeguard.action for safeguard in plan.safeguards] + [rung.action for rung in plan.ladder]
    return {flag for action in actions if isinstance(action, SetFlags) for flag, _ in action.values}


def _final_values_are_reached(reader: Reader, course: Course, outline: Outline) -> None:
    used = _moved(course.plan) | _guarded(course.plan)
    for flag in course.plan.flags:
        # A flag that nothing moves has been named already.
        if flag.final is None or flag.name in outline.in_doubt or flag.name not in used:
            continue
        last = course.last[flag.name]
        if last.is_plain and last.value == flag.final:
            continue
        wrong = f"the stages leave {flag.name} at {last}{course.where}, not at its final {flag.final}"
        right = f"set it to {flag.final} for everybody in a stage"
        if last.is_plain:
            right = f"set it to {flag.final} in a stage, or write final: {last}"
        reader.fault(outline.final_lines[flag.name], wrong, right)


def _drills_have_something_to_switch_off(reader: Reader, course: Course, outline: Outline) -> None:
    ends = {stage.key: (stage, after) for stage, _, after in course.stages()}
    for key, gate, line in outline.gate_lines:
        if not isinstance(gate, DrillGate) or key not in ends:
            continue
        (stage, after), flag = ends[key], course.plan.flag(gate.flag)
        if flag is None or flag.name in outline.in_doubt:
            continue
        if after[flag.name].is_plain and after[flag.name].value == flag.safe:
            wrong = f"{flag.name} is at its safe {flag.safe} in {key}{course.where}: there is nothing to try out"
            reader.fault(line, wrong, "move the drill to a stage in which the flag is away from it")
        elif stage.no_return:
            wrong = f"the drill would switch {flag.name} off in {key}, which has no return"
            reader.fault(line, wrong, "move the drill to a stage before")
        elif flag.name in stage.pin:
            reader.fault(line, f"{flag.name} is pinned in {key}: no drill moves it", "leave out the pin or the drill")


def _pinned_flags_stay(reader: Reader, plan: Plan, outline: Outline) -> None:
    for stage in plan.stages:
        for flip in stage.flips:
            if flip.flag in stage.pin:
                wrong = f"{flip.flag} is moved and pinned in {stage.key}"
                reader.fault(outline.pin_lines[stage.key], wrong, "set it in a stage before, and pin it here")
