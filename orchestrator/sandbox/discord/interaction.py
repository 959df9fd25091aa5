"""An interaction: somebody uses a command or presses a button, and Discord hands it to the bot with a
token."""

import base64
import hashlib
from typing import Literal

import msgspec

Kind = Literal["command", "component", "autocomplete", "modal"]
TYPES: dict[Kind, int] = {"command": 2, "component": 3, "autocomplete": 4, "modal": 5}


class Person(msgspec.Struct, frozen=True):
    """Somebody in the guild."""

    user_id: str
    name: str


class Issued(msgspec.Struct):
    """An interaction that Discord has handed to the bot, and what has become of it."""

    id: str
    token: str
    kind: Kind
    person: Person
    command: str
    channel_id: str
    at: int
    message_id: str | None  # the message whose button it was
    answered: bool = False
    original_id: str | None = None  # what "@original" means


def token_for(application_id: str, interaction_id: str) -> str:
    """The token of an interaction: long and opaque like Discord's, and the same in every run."""
    secret = hashlib.sha256(f"{application_id}/{interaction_id}".encode()).hexdigest()
    return base64.urlsafe_b64encode(f"interaction:{interaction_id}:{secret}".encode()).decode().rstrip("=")
