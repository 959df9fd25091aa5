"""What a simulation says: one line whenever decision, stage, flags or the set of blocking gates changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from orchestrator.core import exposure
from orchestrator.core.effects import Decision, Effect, WriteFlag
from orchestrator.core.exposure import WHOLE
from orchestrator.core.verdicts import Verdict

HOUR, DAY = 3600, 86_400


class Line(Struct, frozen=True, kw_only=True):
    """`flags` are the parameters' texts after the decision; `at` is in epoch seconds, `start` the scenario's own."""

    at: int
    start: int
    stage: str
    decision: str
    reason: str
    flags: dict[str, str]
    effects: tuple[Effect, ...] = ()
    verdicts: tuple[Verdict, ...] = ()

    @property
    def moment(self) -> str:
        return datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def as_json(self) -> bytes:
        return msgspec.json.encode(
            {
                "at": self.moment,
                "stage": self.stage,
                "decision": self.decision,
                "reason": self.reason,
                "flags": {name: _exposed(text) for name, text in self.flags.items()},
                "effects": [_effect(effect) for effect in self.effects],
                "verdicts": [_verdict(verdict) for verdict in self.verdicts],
            }
        )

    def as_text(self, width: int, *, numbers: bool = False) -> str:
        """For people: `width` is that of the longest stage key; `numbers` adds what a step forward rests on."""
        moved = {w.flag: (say(w.from_value), say(w.to_value)) for w in self.effects if isinstance(w, WriteFlag)}
        said = [self.reason, *(f"{flag}: {old} -> {new}" for flag, (old, new) in moved.items() if old != new)]
        if numbers and self.decision in ("advance", "watch", "complete"):
            said += [verdict.line for verdict in self.verdicts]
        return f"{since(self.at - self.start)}  {self.decision:<9}  {self.stage:<{width}}  {'; '.join(said)}"


def line(at: int, start: int, stage: str, decision: Decision, flags: Mapping[str, str]) -> Line:
    """`set` is the engine's word for a flag that people settle; nothing goes forward by it."""
    return Line(
        at=at,
        start=start,
        stage=stage,
        decision="hold" if decision.kind == "set" else decision.kind,
        reason="; ".join(decision.reason.splitlines()),
        flags=dict(flags),
        effects=decision.effects,
        verdicts=decision.verdicts,
    )


def blocking(decision: Decision) -> frozenset[str]:
    """The gates that are looked at and keep the stage from ending."""
    return frozenset(verdict.gate for verdict in decision.verdicts if not verdict.passed and not verdict.advisory)


def since(seconds: int) -> str:
    """Time from the start, days, hours and minutes, always as wide: `12d 03:25`."""
    days, rest = divmod(seconds, DAY)
    return f"{days:>3}d {rest // HOUR:02}:{rest % HOUR // 60:02}"


def say(text: str | None) -> str:
    """A parameter's text as people read it."""
    setting = exposure.reading(text) if text is not None else None
    return str(setting) if setting is not None else (text or "nothing")


def _exposed(text: str) -> dict[str, Any]:
    """Who has which value: the value that some have is named, with how many or who they are."""
    setting = exposure.reading(text)
    if setting is None:
        return {"value": text}
    found: dict[str, Any] = {"value": setting.value}
    if setting.is_plain:
        return found
    if setting.share or not setting.cohorts:
        found["percent"] = _number(setting.share * 100 / WHOLE)
    if setting.cohorts:
        names = [cohort.name for cohort in setting.cohorts]
        found["cohort"] = names[0] if len(names) == 1 else names
    return found


def _number(value: float) -> int | float:
    return int(value) if value.is_integer() else value


def _effect(effect: Effect) -> dict[str, Any]:
    kind = type(effect).__struct_config__.tag
    if isinstance(effect, WriteFlag):
        return {"kind": kind, "flag": effect.flag, "from": say(effect.from_value), "to": say(effect.to_value)}
    return {"kind": kind}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    found: dict[str, Any] = {"gate": verdict.gate, "verdict": verdict.outcome, "reason": verdict.line}
    return found | {key: value for key in ("k", "n", "bound") if (value := getattr(verdict, key)) is not None}
