"""How a plan runs in each of its environments: which stages there are, and who has which value after each."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.core.exposure import Setting
from orchestrator.core.plan import Plan, Stage, Values

Settings = dict[str, Setting]


class Course:
    """`plan` is as it runs there. `where` says where that is, as ` in prod`; it is empty where all run alike."""

    def __init__(self, plan: Plan, where: str = "") -> None:
        self.plan, self.where = plan, where
        self._baseline: Values = {flag.name: flag.baseline or flag.safe for flag in plan.flags}
        self._after = [plan.settings(self._baseline, number) for number in range(-1, len(plan.stages))]

    @property
    def last(self) -> Settings:
        return self._after[-1]

    def stages(self) -> Iterator[tuple[Stage, Settings, Settings]]:
        """Each stage with the settings before it and at its end."""
        return zip(self.plan.stages, self._after, self._after[1:], strict=False)

    def held(self, flag: str, stages: tuple[str, ...]) -> Iterator[tuple[str, Setting]]:
        """The settings that a flag has in these stages (none named: in all), once the moves on entry are made."""
        for number, stage in enumerate(self.plan.stages):
            if stages and stage.key not in stages:
                continue
            later = [made for made, flip in enumerate(stage.flips, start=1) if flip.after and flip.flag == flag]
            for made in (sum(flip.after == 0 for flip in stage.flips), *later):
                yield stage.key, self.plan.settings(self._baseline, number, made)[flag]


def courses_of(plan: Plan) -> list[Course]:
    """One for each way in which the plan runs: environments that run alike are one course."""
    alike: list[tuple[Plan, list[str]]] = []
    for environment in plan.environments or ("",):
        there = plan.within(environment)
        names = next((names for known, names in alike if known == there), None)
        if names is None:
            alike.append((there, [environment]))
        else:
            names.append(environment)
    if len(alike) == 1:
        return [Course(alike[0][0])]
    return [Course(there, f" in {' and '.join(names)}") for there, names in alike]
