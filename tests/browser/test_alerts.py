"""Alerts on the page: a storm, an acknowledgement, Discord down and up again, a drill."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_discord import put_discord
from tests.browser.test_page import CONTRAST

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.conftest import OpenPage, Player

PHONE = (390, 844)
LONG = 60_000

COUNTED = """
() => {
  const number = (text) => text === "once" ? 1 : Number(text.split(" ")[0].replaceAll(",", ""));
  const seen = [...document.querySelectorAll("#log dt")].filter((node) => node.textContent === "Seen");
  const own = seen.map((node) => node.nextElementSibling.textContent.split(", ")).map(([all, digested]) =>
    number(all) - (digested ? number(digested) : 0));
  const digests = [...document.querySelectorAll("#log strong")].map((node) => node.textContent)
    .filter((text) => text.endsWith(" in all.")).map((text) => number(text.replace(" in all.", "")));
  return { messages: own.length, digests: digests.length, events: [...own, ...digests].reduce((sum, n) => sum + n, 0) };
}
"""


def post(player: Player, path: str, body: Any) -> None:
    assert player.page.request.post(player.sandbox.url.rstrip("/") + path, data=body, timeout=LONG).ok


def paused(player: Player) -> Player:
    player.page.get_by_role("radio", name="Paused").check(force=True)
    return player


def one_problem(player: Player) -> Locator:
    """A made-up critical problem; its row among the alerts."""
    post(player, "/sandbox/storm", {"events": 1, "problems": 1})
    row = player.page.locator("[data-alert]")
    expect(row).to_contain_text("CRITICAL dev · Switchback's own alarm switchback-dev-storm-01")
    return row


def to_alerts(player: Player) -> None:
    player.page.get_by_role("button", name=re.compile("^#alerts")).click()


def test_a_storm_is_few_messages_and_every_event_stands_in_one_of_them(player: Player) -> None:
    paused(player)
    says = player.page.locator("#storm-says")
    expect(says).to_contain_text("200 events of 50 made-up problems")
    expect(says).to_contain_text("No flag moves")
    player.page.get_by_role("button", name="Alert storm").click()
    expect(player.page.locator(".clock progress")).to_be_visible()
    expect(says).to_contain_text(
        re.compile(r"^200 events of 50 problems in a minute: \d+ messages, 1 digest; all counted\."), timeout=LONG
    )
    rows = player.page.locator("[data-alert]")
    expect(rows).to_have_count(50)
    expect(rows.filter(has_text="the budget is used up").first).to_be_visible()
    expect(player.page.locator("#budget")).to_contain_text("0 of 4 messages left this minute. 1 digest so far.")

    post(player, "/sandbox/clock", {"advance": "7m"})
    expect(player.page.locator("[data-told='waits']")).to_have_count(0)
    to_alerts(player)
    counted = player.page.evaluate(COUNTED)
    assert counted["events"] == 200
    assert counted["messages"] <= 50
    assert 1 <= counted["digests"] <= 2

    player.page.get_by_role("button", name="All clear").click()
    expect(says).to_contain_text("50 alarms went back to OK", timeout=LONG)
    expect(player.page.get_by_role("button", name="All clear")).to_be_hidden()
    expect(player.log.get_by_text("RESOLVED").first).to_be_attached()


def test_an_acknowledgement_shows_in_the_message_and_among_the_alerts(player: Player) -> None:
    row = one_problem(paused(player))
    expect(row).to_have_attribute("data-told", "message")
    to_alerts(player)
    alert = player.log.locator("[data-message-id]").filter(has_text="CRITICAL")
    expect(alert.locator(".mention.role")).to_have_text("@engineering")
    player.become("eng-oncall")
    alert.get_by_role("button", name="Acknowledge").click()
    expect(alert).to_contain_text("acknowledged by eng-oncall")
    expect(alert).to_contain_text("(edited)")
    expect(alert.get_by_role("button", name="Acknowledge")).to_have_count(0)
    expect(alert.locator("[data-thread]")).to_contain_text("dev · Switchback's own alarm switchback-dev-storm-01")
    expect(row).to_contain_text("acknowledged by eng-oncall")
    reply = player.log.locator("[data-ephemeral='true']").last
    expect(reply).to_contain_text("eng-oncall pressed a button")
    expect(reply).to_contain_text("Acknowledged: nobody is called about it until it gets worse")


def test_what_discord_did_not_take_waits_and_comes_late(player: Player) -> None:
    paused(player)
    put_discord(player, "Down")
    row = one_problem(player)
    expect(row).to_have_attribute("data-told", "waits")
    expect(row).to_contain_text("Discord does not take it")
    expect(player.page.locator("#discord-says")).to_contain_text("1 message waits.")
    post(player, "/sandbox/clock", {"advance": "10m"})
    put_discord(player, "Up")
    post(player, "/sandbox/clock", {"advance": "5m"})
    expect(row).to_have_attribute("data-told", "message")
    to_alerts(player)
    alert = player.log.locator("[data-message-id]").filter(has_text="storm-01")
    expect(alert.first).to_contain_text(re.compile(r"Late by 1\d min: it could not be posted before\."))


def test_a_drill_is_typed_by_whoever_is_there_and_its_link_leads_to_the_message(player: Player) -> None:
    paused(player)
    player.page.get_by_role("button", name="Drill").click()
    reply = player.log.locator("[data-message-id]").filter(has_text="The drill went well")
    expect(reply).to_contain_text("eng-oncall used /alerts drill")
    reply.get_by_role("button", name="#alerts › message").click()
    expect(player.page.locator("#channel-name")).to_have_text("alerts")
    expect(player.newest).to_contain_text("switchback-dev-drill")
    expect(player.newest).to_be_in_viewport()
    expect(player.page.locator("[data-alert]")).to_contain_text("switchback-dev-drill")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_alerts_are_readable_on_a_phone(open_page: OpenPage, scheme: str) -> None:
    player = open_page(size=PHONE, scheme=scheme, phone=True)
    player.page.get_by_role("button", name="The world").first.click()
    one_problem(player)
    assert not player.scrolls_sideways()
    assert player.page.evaluate(CONTRAST) == []
    to_alerts(player)
    player.log.get_by_role("button", name="Silence 1 h").click()
    expect(player.log.locator("[data-ephemeral='true']")).to_contain_text("Silenced for 1h")
    assert not player.scrolls_sideways()
    assert player.page.evaluate(CONTRAST) == []
