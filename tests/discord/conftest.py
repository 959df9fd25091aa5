"""A guild with two channels, and the bot's own client wired to it."""

from collections.abc import Callable

import pytest
import requests

from orchestrator.adapters.discord.rest import DiscordApi
from orchestrator.sandbox.discord import StandIn
from tests.discord.made_up_guild import ALERTS, APPLICATION, BOT_TOKEN, GUILD, OPS, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def discord(clock: Clock) -> StandIn:
    return StandIn(APPLICATION, GUILD, {OPS: "ops", ALERTS: "alerts"}, BOT_TOKEN, clock)


@pytest.fixture
def client(discord: StandIn, clock: Clock) -> Callable[..., DiscordApi]:
    """Makes clients of the stand-in; each is a process of its own."""

    def make(token: str = BOT_TOKEN, application: str = APPLICATION) -> DiscordApi:
        session = requests.Session()
        session.mount("https://discord.com/", discord.transport())
        return DiscordApi(application, lambda: token, session=session, monotonic=lambda: float(clock.now))

    return make


@pytest.fixture
def api(client: Callable[..., DiscordApi]) -> DiscordApi:
    return client()
