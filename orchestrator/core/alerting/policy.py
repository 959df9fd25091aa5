"""Who is told what, how soon and how often: a reviewed file, deployed with the bot.

Group wait, group interval, repeat interval and inhibition mean what they mean in Alertmanager
(https://prometheus.io/docs/alerting/latest/configuration/).
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

import msgspec
import yaml
from msgspec import Struct

from orchestrator.core.alerting.alert import Alert, AlertEvent, Severity, fingerprint
from orchestrator.core.durations import parse_duration

LABELS = ("rule", "environment", "service", "severity")


class Step(Struct, frozen=True, kw_only=True):
    """`after` seconds from the first telling, `ping` is called, if nobody has acknowledged. `ping` is a role's name of
    DISCORD_ROLES."""

    after: int
    ping: str
    who: str = ""


class Route(Struct, frozen=True, kw_only=True):
    """How problems of one severity are told; seconds. `to`: names of receivers."""

    to: tuple[str, ...]
    wait: int = 0
    interval: int = 60
    repeat: int = 4 * 3600
    escalation: tuple[Step, ...] = ()


class Matcher(Struct, frozen=True, kw_only=True):
    """Labels to patterns (`*` and `?`); a label that is not named matches everything."""

    labels: tuple[tuple[str, str], ...]

    def matches(self, alert: Alert) -> bool:
        return all(fnmatchcase(getattr(alert, label), pattern) for label, pattern in self.labels)


class Inhibition(Struct, frozen=True, kw_only=True):
    """While a `parent` fires, every `child` that is `equal` to it in these labels is not told."""

    parent: Matcher
    child: Matcher
    equal: tuple[str, ...] = ()


class Policy(Struct, frozen=True, kw_only=True):
    """Everything in seconds. messages, within: a channel's budget. digest_every: the least time between two digests.
    A problem flaps that changes `flap_changes` times `flap_within`, and is calm after `calm` without a change.
    ping_every: a role is not called again sooner, whatever else goes wrong."""

    routes: dict[str, Route]
    group_by: tuple[str, ...] = ("rule", "environment", "service")
    same_within: int = 300
    messages: int = 5
    within: int = 60
    digest_every: int = 300
    flap_changes: int = 4
    flap_within: int = 600
    calm: int = 300
    ping_every: int = 600
    inhibit: tuple[Inhibition, ...] = ()

    def route(self, severity: Severity) -> Route:
        return self.routes[severity]

    @property
    def one_problem_a_group(self) -> bool:
        return set(self.group_by) == {"rule", "environment", "service"}

    def group_key(self, event: AlertEvent, environment: str) -> str:
        labels = {"rule": event.rule, "environment": environment, "service": event.service}
        if self.one_problem_a_group:
            return fingerprint(event.rule, environment, event.service)
        return ",".join(f"{label}={labels[label]}" for label in self.group_by)


class _Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    after: str
    ping: str
    who: str = ""


class _Route(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    to: list[str]
    wait: str = "0s"
    interval: str = "1m"
    repeat: str = "4h"
    escalation: list[_Step] = []


class _Budget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    messages: int = 5
    within: str = "1m"


class _Flapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    changes: int = 4
    within: str = "10m"
    calm: str = "5m"


class _Inhibition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    parent: dict[str, str]
    child: dict[str, str]
    equal: list[str] = []


class _Environment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    routes: dict[str, _Route] = {}


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    routes: dict[str, _Route]
    group_by: tuple[str, ...] = ("rule", "environment", "service")
    same_within: str = "5m"
    budget: _Budget = _Budget()
    digest_every: str = "5m"
    ping_every: str = "10m"
    flapping: _Flapping = _Flapping()
    inhibit: list[_Inhibition] = []
    environments: dict[str, _Environment] = {}


def read_policy(text: bytes, environment: str, receivers: frozenset[str]) -> Policy:
    """The policy of one environment; ValueError in one line for anything that is not a policy."""
    try:
        file = msgspec.convert(yaml.safe_load(text), type=_File)
        here = file.environments.get(environment, _Environment())
        return _checked(file, {**file.routes, **here.routes}, receivers)
    except (ValueError, yaml.YAMLError, msgspec.ValidationError, RecursionError) as problem:
        raise ValueError(f"the alert policy cannot be read: {' '.join(str(problem).split())}") from None


def _checked(file: _File, routes: Mapping[str, _Route], receivers: frozenset[str]) -> Policy:
    if set(routes) != {"critical", "warning", "info"}:
        raise ValueError(f"routes are critical, warning and info, not {', '.join(routes) or 'none'}")
    unknown = [name for route in routes.values() for name in route.to if name not in receivers]
    if unknown:
        raise ValueError(f"there is no receiver {unknown[0]}; there is {', '.join(sorted(receivers))}")
    if any(not route.to for route in routes.values()):
        raise ValueError("every route names at least one receiver")
    labels = [*file.group_by, *(label for i in file.inhibit for label in (*i.parent, *i.child, *i.equal))]
    if wrong := [label for label in labels if label not in LABELS]:
        raise ValueError(f"there is no label {wrong[0]}; there is {', '.join(LABELS)}")
    if not file.group_by:
        raise ValueError("group_by names at least one label")
    if "severity" in file.group_by:
        raise ValueError("group_by cannot name severity: a problem that gets worse stays the same problem")
    if file.budget.messages < 2 or file.flapping.changes < 2:
        raise ValueError("a budget has two messages at least, and flapping two changes")
    return Policy(
        routes={severity: _route(route) for severity, route in routes.items()},
        group_by=file.group_by,
        same_within=_seconds(file.same_within),
        messages=file.budget.messages,
        within=_seconds(file.budget.within),
        digest_every=_seconds(file.digest_every),
        ping_every=_seconds(file.ping_every),
        flap_changes=file.flapping.changes,
        flap_within=_seconds(file.flapping.within),
        calm=_seconds(file.flapping.calm),
        inhibit=tuple(_inhibition(entry) for entry in file.inhibit),
    )


def _route(route: _Route) -> Route:
    steps = tuple(Step(after=_seconds(step.after), ping=step.ping, who=step.who) for step in route.escalation)
    if [step.after for step in steps] != sorted(step.after for step in steps):
        raise ValueError("the steps of an escalation come in the order of their times")
    return Route(
        to=tuple(route.to),
        wait=_seconds(route.wait),
        interval=_seconds(route.interval),
        repeat=_seconds(route.repeat),
        escalation=steps,
    )


def _inhibition(entry: _Inhibition) -> Inhibition:
    parent, child = (Matcher(labels=tuple(sorted(side.items()))) for side in (entry.parent, entry.child))
    return Inhibition(parent=parent, child=child, equal=tuple(entry.equal))


def _seconds(text: str) -> int:
    return 0 if text in ("0s", "0m") else parse_duration(text)
