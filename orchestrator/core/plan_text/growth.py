"""Whether a flag that is set for some is set for more and more of them, and fits into its parameter."""

from __future__ import annotations

from orchestrator.core.exposure import WHOLE, Cohort, Setting, say_share
from orchestrator.core.plan import Flip, Stage
from orchestrator.core.plan_text.courses import Course, Settings
from orchestrator.core.plan_text.outline import Outline
from orchestrator.core.plan_text.reader import Reader

MOST_CHARACTERS = 4096
"""Bytes of a standard SSM parameter."""


def check_growth(reader: Reader, course: Course, outline: Outline) -> None:
    for stage, before, after in course.stages():
        for flip in stage.flips:
            if flip.flag in before and (fault := _fault(flip, before[flip.flag])):
                wrong, right = fault
                reader.fault(outline.flip_lines[stage.key, flip.flag], f"{wrong}{course.where}", right)
        _fits_its_parameter(reader, course, stage, after, outline)


def _fault(flip: Flip, before: Setting) -> tuple[str, str] | None:
    """What is wrong and right about a move from this setting; nobody who has the new value may lose it again before
    everybody has it, or nobody."""
    flag, is_everybody = flip.flag, flip.share == WHOLE
    if before.is_plain:
        if not is_everybody and flip.value == before.value:
            return f"{flag} is {flip.value} for everybody already", "leave out percent: and cohort:, or the move"
        return None
    if is_everybody and flip.value in before.values:
        return None
    if flip.value != before.value:
        wrong = f"{flag} goes on to {flip.value} while it is {before}"
        return wrong, f"set it to {before.value} or {before.rest} for everybody first"
    if lost := [cohort.name for cohort in before.cohorts if cohort not in flip.cohorts]:
        wrong = f"{flag} is taken from the cohort {' and '.join(lost)} again"
        return wrong, f"name the cohorts from before as well: cohort: [{_names((*before.cohorts, *flip.cohorts))}]"
    if flip.share < before.share:
        wrong = f"{flag} falls from {say_share(before.share)} to {say_share(flip.share)}"
        return wrong, f"write a percentage of at least {say_share(before.share)}"
    return None


def _names(cohorts: tuple[Cohort, ...]) -> str:
    return ", ".join(dict.fromkeys(cohort.name for cohort in cohorts))


def _fits_its_parameter(reader: Reader, course: Course, stage: Stage, after: Settings, outline: Outline) -> None:
    for flip in stage.flips:
        spec, setting = course.plan.flag(flip.flag), after.get(flip.flag)
        if spec is None or setting is None or not spec.is_definition:
            continue
        size = len(spec.stored(setting).encode())
        if size > MOST_CHARACTERS:
            largest = max(setting.cohorts, key=lambda cohort: len("".join(cohort.values)), default=None)
            line = outline.flip_lines[stage.key, flip.flag]
            if largest is not None:
                line = outline.cohort_lines.get(largest.name, line)
            wrong = f"{flip.flag} in {stage.key} takes {size:,} characters, and its parameter has {MOST_CHARACTERS:,}"
            reader.fault(line, wrong, "let the cohort name an attribute instead of so many subjects")
