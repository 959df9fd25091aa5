"""Who asks. A subject, for whom a flag is evaluated, is something else."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Actor(Struct, frozen=True, kw_only=True):
    """`roles` are names from access.yaml that the actor's signed Discord roles map to; a terminal has none."""

    user_id: str
    name: str
    roles: tuple[str, ...] = ()
    via: Literal["discord", "terminal", "bot"] = "discord"


SWITCHBACK = Actor(user_id="switchback", name="Switchback", via="bot")
"""The engine, when it acts by itself."""
