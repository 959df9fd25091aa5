"""Who may do what: a reviewed file, deployed with the bot. What is not granted is refused.

Role names are mapped to Discord's ids by the deployment, and ids are what is matched: a renamed role changes nothing,
a deleted one grants nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec
import yaml
from msgspec import Struct

EVERYONE = "everyone"

RIGHTS = (
    "look",
    "rollout start",
    "rollout promote",
    "rollout approve",
    "rollout pause",
    "rollout resume",
    "rollout abort",
    "rollback",
    "flag set",
    "flag settle",
    "debug own",
    "debug any",
    "alerts",
)
"""look: status, lists, history, help · rollout promote: skipping too · rollout approve: ticking items off too · rollout
resume: freeing the line too · rollback: the ladder and holding the line too · flag settle: adopt or revert a change by
hand · debug any: others' traces · alerts: acknowledging, silencing, rating and drilling them."""


class _Environment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    second_person: list[str] = []
    users: dict[str, list[str]] = {}


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    allow: dict[str, list[str]]
    environments: dict[str, _Environment] = {}


class AccessPolicy(Struct, frozen=True, kw_only=True):
    """Right to role names, for one environment. `users` narrows a right to these user ids, whatever roles they hold.

    `hash` goes into the audit with every decision that rests on it.
    """

    roles: dict[str, tuple[str, ...]]
    users: dict[str, tuple[str, ...]] = {}
    second_person: tuple[str, ...] = ()
    hash: str = ""

    def allows(self, right: str, user_id: str, roles: Iterable[str]) -> bool:
        granted = self.roles.get(right, ())
        if right in self.users and user_id not in self.users[right]:
            return False
        return EVERYONE in granted or bool(set(roles) & set(granted))

    def holders(self, right: str) -> str:
        """Whom to ask, in words."""
        granted = " or ".join(self.roles.get(right, ())) or "nobody"
        return f"{granted}, by name" if right in self.users else granted


def read_access(text: bytes, environment: str) -> AccessPolicy:
    """The policy of one environment; ValueError in one line for anything that is not a policy."""
    try:
        loaded = msgspec.convert(yaml.safe_load(text), type=_File)
    except (ValueError, yaml.YAMLError, msgspec.ValidationError, RecursionError) as problem:
        raise ValueError(f"the access policy cannot be read: {' '.join(str(problem).split())}") from None
    here = loaded.environments.get(environment, _Environment())
    unknown = [right for right in (*loaded.allow, *here.second_person, *here.users) if right not in RIGHTS]
    if unknown:
        raise ValueError(f"the access policy names unknown rights: {', '.join(unknown)}; there are {', '.join(RIGHTS)}")
    return AccessPolicy(
        roles={right: tuple(roles) for right, roles in loaded.allow.items()},
        users={right: tuple(users) for right, users in here.users.items()},
        second_person=tuple(here.second_person),
        hash=hashlib.sha256(text).hexdigest()[:16],
    )
