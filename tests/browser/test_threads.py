"""Threads, buttons and pings as Discord sends them: posted by the bot's own client, looked at on the page."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from orchestrator import bootstrap
from orchestrator.adapters.discord.payload import Button, Colour, Embed, LinkButton, message
from orchestrator.adapters.discord.rest import DiscordApi
from orchestrator.sandbox.server import Server
from orchestrator.sandbox.town import Town
from tests.browser.conftest import REPOSITORY, Sandbox
from tests.browser.test_page import CONTRAST

if TYPE_CHECKING:
    from tests.browser.conftest import OpenPage, Player

PHONE = (390, 844)


class OwnSandbox(Sandbox):
    """A sandbox in this process, so that the bot's client can be asked to post what no command posts yet."""

    def __init__(self, town: Town, url: str) -> None:
        super().__init__(url)
        self.town, self.ops = town, town.settings.discord_ops_channel_id

    @property
    def api(self) -> DiscordApi:
        return bootstrap.discord_api()

    def post(self, payload: dict[str, Any], nonce: str, channel: str = "") -> str:
        with self.town.one_at_a_time:
            return self.api.create_message(channel or self.ops, payload, nonce=nonce)


@pytest.fixture
def sandbox() -> Iterator[OwnSandbox]:
    town = Town([REPOSITORY / "plans" / "new-checkout.yaml"], "", io.StringIO())
    server = Server(town, 0)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    try:
        yield OwnSandbox(town, server.url)
    finally:
        server.shutdown()
        server.server_close()
        town.close()


def incident(sandbox: OwnSandbox) -> str:
    """An alert with a thread of three lines under it."""
    role = sandbox.town.settings.discord_roles["engineering"]
    rows = [
        [
            Button("Acknowledge", "primary", "ack-1"),
            Button("Silence 1 h", "secondary", "silence-1", disabled=True),
            LinkButton("Dashboard", "https://example.com/dashboard"),
        ]
    ]
    card = Embed(description="9 of 210 failed; 2 expected; acts at 7", colour=Colour.FIRING)
    text = f"🔴 **CRITICAL dev · new-checkout-1: errors 4.2 %** <@&{role}>"
    alert = sandbox.post(message(text, [card], rows, mention_roles=[role]), "alert")
    thread = sandbox.api.start_thread(sandbox.ops, alert, "errors 4.2 %: what happened")
    sandbox.post(message("🔴 firing since 14:02"), "line-1", thread)
    sandbox.post(message("👀 acknowledged by **eng-oncall**"), "line-2", thread)
    sandbox.post(message("✅ resolved after 14 min", silent=True), "line-3", thread)
    return alert


def test_a_thread_is_folded_under_its_message_and_opens(sandbox: OwnSandbox, player: Player) -> None:
    alert = player.log.locator(f"[data-message-id='{incident(sandbox)}']")
    thread = alert.locator("[data-thread]")
    expect(thread).to_contain_text("errors 4.2 %: what happened")
    expect(thread).to_contain_text("3 messages")
    lines = thread.locator("[data-thread-line]")
    expect(lines.first).to_be_hidden()
    thread.locator("summary").focus()
    player.page.keyboard.press("Enter")
    expect(lines).to_have_count(3)
    expect(lines.last).to_be_visible()

    sandbox.post(message("re-opened"), "line-4", alert.get_attribute("data-message-id") or "")
    expect(lines.last).to_contain_text("re-opened")
    expect(lines.last).to_be_visible()
    expect(player.log.locator("[data-message-id]")).to_have_count(1)
    expect(player.page.get_by_role("button", name="#ops")).to_be_visible()
    expect(player.page.locator("#channels > *")).to_have_count(2)


def test_an_archived_thread_says_so(sandbox: OwnSandbox, player: Player) -> None:
    alert = incident(sandbox)
    sandbox.town.clock.move_to(sandbox.town.clock.now() + 86_400)
    expect(player.log.locator(f"[data-thread='{alert}']")).to_contain_text("3 messages, archived")


def test_link_buttons_lead_out_disabled_ones_nowhere(sandbox: OwnSandbox, player: Player) -> None:
    alert = player.log.locator(f"[data-message-id='{incident(sandbox)}']")
    link = alert.get_by_role("link", name="Dashboard")
    expect(link).to_have_attribute("href", "https://example.com/dashboard")
    expect(alert.get_by_role("button", name="Silence 1 h")).to_be_disabled()
    expect(alert.get_by_role("button", name="Acknowledge")).to_be_enabled()


def test_a_role_that_is_pinged_stands_out_for_those_who_have_it(sandbox: OwnSandbox, player: Player) -> None:
    alert = player.log.locator(f"[data-message-id='{incident(sandbox)}']")
    player.become("eng-oncall")
    expect(alert.locator(".mention.role")).to_have_text("@engineering")
    expect(alert).to_have_class("message pinged")
    player.become("ops-lead")
    expect(alert.locator(".mention.role")).to_have_text("@engineering")
    expect(alert).to_have_class("message")


def test_edited_and_silent_messages_are_marked(sandbox: OwnSandbox, player: Player) -> None:
    edited = sandbox.post(message("firing"), "1")
    sandbox.api.edit_message(sandbox.ops, edited, message("resolved after 14 min"))
    silent = sandbox.post(message("good news", silent=True), "2")
    expect(player.log.locator(f"[data-message-id='{edited}']")).to_contain_text("resolved after 14 min (edited)")
    expect(player.log.locator(f"[data-message-id='{silent}']")).to_contain_text("silent")
    expect(player.log.locator(f"[data-message-id='{edited}']")).not_to_contain_text("silent")


def test_a_button_in_a_thread_reaches_the_bot(sandbox: OwnSandbox, player: Player) -> None:
    alert = incident(sandbox)
    row = [[Button("Press me", "primary", "nobody-knows-this")]]
    sandbox.post(message("a line with a button", rows=row), "line-5", alert)
    player.log.locator(f"[data-thread='{alert}'] > summary").click()
    player.page.get_by_role("button", name="Press me").click()
    reply = player.log.locator("[data-thread-line]").last
    expect(reply).to_contain_text("not")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_thread_is_readable_on_a_phone(sandbox: OwnSandbox, open_page: OpenPage, scheme: str) -> None:
    player = open_page(size=PHONE, scheme=scheme, phone=True)
    alert = incident(sandbox)
    player.log.locator(f"[data-thread='{alert}'] > summary").click()
    expect(player.log.locator("[data-thread-line]").last).to_be_visible()
    assert not player.scrolls_sideways()
    assert player.page.evaluate(CONTRAST) == []
