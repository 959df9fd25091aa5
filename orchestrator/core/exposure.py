"""Exposure: for whom a flag has which value, and how that is stored in one SSM parameter.

A plain value is stored as it is (`true`, `warn`). Where any stage of a plan has a percentage or a cohort, the flag is
stored as a flagd flag definition (https://flagd.dev/reference/flag-definitions/) for the whole rollout, so that an
application never meets two shapes. Subjects are bucketed by flagd's `fractional` over flag key and targeting key; the
order of the variants and their total never change, so a growing percentage only adds subjects.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import Struct

WHOLE = 100_000
"""The weights of a percentage always add up to this: thousandths of a percent."""

SCHEMA = "https://flagd.dev/schema/v0/flags.json"


class Cohort(Struct, frozen=True, kw_only=True):
    """Subjects whose attribute has one of these values; the attribute `targetingKey` makes it a list of subjects."""

    name: str
    attribute: str
    values: tuple[str, ...]


class Setting(Struct, frozen=True, kw_only=True):
    """`value` for the cohorts, and for `share` thousandths of a percent of everybody else; `rest` for all others.

    A share of WHOLE is everybody: then `rest` is `value` and there are no cohorts.
    """

    value: str
    rest: str
    share: int = WHOLE
    cohorts: tuple[Cohort, ...] = ()

    @property
    def is_plain(self) -> bool:
        return self.share == WHOLE

    @property
    def values(self) -> tuple[str, ...]:
        """The values that anybody has, the exposed one first."""
        return (self.value,) if self.is_plain else (self.value, self.rest)

    def __str__(self) -> str:
        if self.is_plain:
            return self.value
        named = [cohort.name for cohort in self.cohorts]
        if self.share:
            named.append(f"{say_share(self.share)} of {'the rest' if named else 'all'}")
        return f"{self.value} for {' and '.join(named) or 'nobody'}, else {self.rest}"


def plain(value: str) -> Setting:
    return Setting(value=value, rest=value)


def partly(value: str, rest: str, share: int, cohorts: tuple[Cohort, ...] = ()) -> Setting:
    """`value` for some; the plain value where that is everybody or makes no difference."""
    if share >= WHOLE or value == rest:
        return plain(value)
    return Setting(value=value, rest=rest, share=share, cohorts=cohorts)


def say_share(share: int) -> str:
    """A share as people write it: 10 %, 0.5 %."""
    return f"{share * 100 / WHOLE:g} %"


def stored(flag: str, setting: Setting, ladder: tuple[str, ...], *, is_definition: bool) -> str:
    """What the parameter holds. The text is canonical: the same setting is the same text."""
    return _definition(setting, ladder) if is_definition else setting.value


def _definition(setting: Setting, ladder: tuple[str, ...]) -> str:
    variants = {value: _typed(value, ladder) for value in ladder}
    body: dict[str, Any] = {"state": "ENABLED", "variants": variants, "defaultVariant": setting.rest}
    if not setting.is_plain:
        body["targeting"] = _targeting(setting)
        body["metadata"] = {
            "exposed": setting.value,
            "share": setting.share,
            "cohorts": json.dumps([[c.name, c.attribute, list(c.values)] for c in setting.cohorts]),
        }
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def _typed(value: str, ladder: tuple[str, ...]) -> bool | str:
    return value == "true" if set(ladder) == {"false", "true"} else value


def _targeting(setting: Setting) -> dict[str, Any]:
    """JsonLogic: the cohorts first, then the share; null falls back to the default variant."""
    share: Any = None
    if setting.share:
        share = {"fractional": [[setting.value, setting.share], [setting.rest, WHOLE - setting.share]]}
    branches: list[Any] = []
    for cohort in setting.cohorts:
        branches += [{"in": [{"var": cohort.attribute}, list(cohort.values)]}, setting.value]
    return {"if": [*branches, share]} if branches else share or {"if": [False, setting.value]}


def reading(text: str) -> Setting | None:
    """The setting that a parameter's text stands for; None for a text that is neither a plain value nor a definition
    that was written here."""
    if not text.lstrip().startswith("{"):
        return plain(text)
    try:
        body = msgspec.json.decode(text.encode(), type=_Definition)
        meta = body.metadata
        if body.state != "ENABLED" or body.defaultVariant not in body.variants:
            return None
        if meta is None:
            return plain(body.defaultVariant) if body.targeting is None else None
        cohorts = tuple(
            Cohort(name=name, attribute=attribute, values=tuple(values))
            for name, attribute, values in msgspec.json.decode(meta.cohorts, type=list[tuple[str, str, list[str]]])
        )
    except (msgspec.MsgspecError, UnicodeError):
        return None
    found = Setting(value=meta.exposed, rest=body.defaultVariant, share=meta.share, cohorts=cohorts)
    # A targeting rule that somebody edited by hand says something else than its own description.
    return found if body.targeting == _targeting(found) and meta.exposed in body.variants else None


class _Described(Struct):
    exposed: str
    share: int
    cohorts: str


class _Definition(Struct):
    state: str
    variants: dict[str, Any]
    defaultVariant: str
    targeting: dict[str, Any] | None = None
    metadata: _Described | None = None


def is_towards(safe: str, new: Setting, current: Setting, ladder: tuple[str, ...]) -> bool:
    """Whether going from `current` to `new` is a step towards the safe value (or onto it) for every subject."""
    if new.is_plain:
        nearer = all(_between(safe, new.value, value, ladder) for value in current.values)
        return new.value == safe or (new != current and nearer)
    if new.rest != current.rest and not (current.is_plain and current.value == new.value):
        return False
    if not (_between(safe, new.rest, new.value, ladder) or new.rest == safe):
        return False
    if current.is_plain:
        return current.value == new.value
    smaller = new.share <= current.share and set(new.cohorts) <= set(current.cohorts)
    return new.value == current.value and smaller and new != current


def _between(safe: str, value: str, current: str, ladder: tuple[str, ...]) -> bool:
    if value == current:
        return True
    if value not in ladder or current not in ladder or safe not in ladder:
        return False
    low, old, new = (ladder.index(name) for name in (safe, current, value))
    return min(old, low) <= new <= max(old, low)
