"""What people wrote, as the bot repeats it: no secret, no markdown."""

from __future__ import annotations

import pytest

from orchestrator.core.markdown import plain
from orchestrator.core.wording import said

SECRETS = {
    "a token": "ghp_" + "a1B2c3D4e5F6" * 3,
    "a key with underlines": "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "a pair": "api_key=Zk93hd8fj2kd83jdQQ",
    "an environment variable": "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "a password": "password=hunter2x",
}


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_masked_before_its_signs_are_escaped(kind: str) -> None:
    """Escaped, `ghp\\_…` is no token to the redactor any more, and Discord shows it without the backslash."""
    secret = SECRETS[kind]
    shown = plain(said(f"rolled back, because {secret} was found in the log"))
    assert (secret.partition("=")[2] or secret) not in shown
    assert shown.startswith("rolled back, because ")
    assert "[redacted]" in shown


def test_what_is_no_secret_stays() -> None:
    assert plain(said("week 39: the token bucket is full, see *ops*")) == "week 39: the token bucket is full, see *ops*"
