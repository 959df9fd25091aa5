"""Whether what a safeguard or a rung sets is a step towards the safe value, wherever it may happen."""

from __future__ import annotations

from orchestrator.core.exposure import plain
from orchestrator.core.plan import FlagSpec, SetFlags
from orchestrator.core.plan_text.courses import Course
from orchestrator.core.plan_text.outline import Outline
from orchestrator.core.plan_text.reader import Reader


def check_way_back(reader: Reader, course: Course, outline: Outline) -> None:
    for safeguard in course.plan.safeguards:
        if isinstance(safeguard.action, SetFlags):
            line = outline.safeguard_lines[safeguard.key]
            _check(reader, course, safeguard.action, "this safeguard", line, safeguard.stages)
    for rung in course.plan.ladder:
        if isinstance(rung.action, SetFlags):
            _check(reader, course, rung.action, "this rung", outline.rung_lines[rung.name], ())


def _check(reader: Reader, course: Course, action: SetFlags, who: str, line: int, stages: tuple[str, ...]) -> None:
    for name, value in action.values:
        flag = course.plan.flag(name)
        if flag is None or value == flag.safe:
            continue
        if len(flag.ladder) == 2:
            wrong = f"{who} would set {name} to {value}, away from its safe {flag.safe}"
            reader.fault(line, wrong, f"set it to {flag.safe}")
        elif found := _step_away(course, flag, value, stages):
            stage, current = found
            wrong = f"in {stage} {who} would move {name} from {current} to {value}, away from its safe {flag.safe}"
            right = f"set it to {flag.safe}"
            if who == "this safeguard":
                right += ", or name with stages: those in which it stands higher"
            reader.fault(line, wrong, right)


def _step_away(course: Course, flag: FlagSpec, value: str, stages: tuple[str, ...]) -> tuple[str, str] | None:
    """The first stage in which setting `value` would not be a step towards safe, and what stands there."""
    new = flag.stored(plain(value))
    for stage, current in course.held(flag.name, stages):
        if current != plain(value) and not flag.is_towards_safe(new, current=flag.stored(current)):
            return stage, str(current)
    return None
