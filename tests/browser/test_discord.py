"""Discord down and up again, and what the bot did, by what somebody sees on the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_page import CONTRAST

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from tests.browser.conftest import OpenPage, Player

PHONE = (390, 844)


def put_discord(player: Player, state: str) -> None:
    player.page.get_by_role("radio", name=state, exact=True).check(force=True)
    expect(player.page.get_by_role("radio", name=state, exact=True)).to_be_checked()


def test_with_discord_down_the_flag_goes_off_and_the_alert_comes_late(player: Player) -> None:
    player.play_to("portal")
    player.page.get_by_role("radio", name="Paused").check(force=True)
    put_discord(player, "Down")
    note = player.page.get_by_role("status").filter(has_text="Discord is down")
    expect(note).to_be_visible()

    player.page.get_by_role("button", name="Fire portal-outage").first.click()
    expect(player.flag("PORTAL_PRISMA")).to_have_attribute("data-value", "false")
    assert player.sandbox.flag("PORTAL_PRISMA") == "false"
    expect(note).to_contain_text(re.compile(r"\d+ messages? waits?\."))
    player.page.get_by_role("button", name=re.compile("^#alerts")).click()
    expect(player.log).not_to_contain_text("portal-outage")
    player.page.get_by_role("button", name="+30 minutes").click()
    expect(player.page.get_by_text(re.compile(r"later: it is")).first).to_be_visible(timeout=60_000)
    expect(player.log).not_to_contain_text("portal-outage")

    note.get_by_role("button", name="Bring it back").click()
    expect(note).to_be_hidden()
    expect(player.page.get_by_role("radio", name="Up", exact=True)).to_be_checked()
    for _ in range(5):
        player.page.get_by_role("button", name="+1 minute").click()
        expect(player.page.get_by_role("button", name="+1 minute")).to_be_enabled(timeout=20_000)
    alert = player.log.locator("[data-message-id]").filter(has_text="portal-outage")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text(re.compile(r"Late by 3\d min: it could not be posted before\."))
    expect(player.page.locator("#discord-says")).to_have_text("Discord takes what the bot posts.")


@pytest.mark.parametrize("state", ["Down", "Throttled"])
def test_the_switch_says_what_it_does_and_works_by_keyboard(player: Player, state: str) -> None:
    radio = player.page.get_by_role("radio", name="Up", exact=True)
    radio.focus()
    for _ in range(1 if state == "Down" else 2):
        player.page.keyboard.press("ArrowRight")
    expect(player.page.get_by_role("radio", name=state, exact=True)).to_be_checked()
    says = player.page.locator("#discord-says")
    expect(says).to_contain_text("503" if state == "Down" else "429")
    expect(says).to_contain_text("messages wait")


def test_a_command_s_trace_shows_its_steps_as_bars(player: Player) -> None:
    player.send("rollout start", plan="prisma-persistence", reason="New persistence layer")
    player.confirm()
    expect(player.rollout()).to_have_attribute("data-status", "running")
    player.page.locator("#traces-panel > summary").click()
    traces = player.page.locator("[data-trace]")
    command = traces.filter(has_text="start prisma-persistence").first
    expect(command).to_contain_text("eng-oncall")
    expect(command).to_contain_text(re.compile(r"\d+ ms"))
    command.locator("summary").click()
    shown = player.sandbox.get("/sandbox/traces?limit=50")
    trace = next(one for one in shown if one["kind"] == "command")
    expect(command.locator(".step")).to_have_count(len(trace["steps"]))
    expect(command).to_contain_text(trace["steps"][0]["name"])
    expect(command).to_contain_text(trace["id"])
    bar = command.locator(".bar i").first
    assert (bar.bounding_box() or {})["width"] >= 3


def test_a_trace_that_a_second_try_has_replaced_shows_the_second_one_s_time(player: Player) -> None:
    player.send("rollout list")
    player.page.locator("#traces-panel > summary").click()
    trace = player.page.locator("[data-trace]").filter(has_text="rollout list").first
    expect(trace.locator(".trace-when")).to_contain_text(" ms")

    def tried_again(route: Route) -> None:
        answer = route.fetch()
        again = [one | {"actor": "the second try", "duration_ms": 4_321} for one in answer.json()]
        route.fulfill(response=answer, json=again)

    player.page.route("**/sandbox/traces*", tried_again)
    player.send("help")
    expect(trace.locator(".trace-when")).to_contain_text("the second try · 4321 ms")


def test_the_traces_follow_what_happens(player: Player) -> None:
    player.page.locator("#traces-panel > summary").click()
    expect(player.page.get_by_text("None yet. Whatever the bot does leaves one.")).to_be_visible()
    player.play_to("portal")
    player.page.get_by_role("button", name="Fire portal-outage").first.click()
    expect(player.page.locator("[data-trace]").first).to_contain_text("portal-outage")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_new_on_the_page_stands_out_from_its_ground(open_page: OpenPage, scheme: str) -> None:
    player = open_page(scheme=scheme)
    player.follow("^Start")
    player.follow("^Press")
    put_discord(player, "Throttled")
    expect(player.page.locator("#discord-note")).to_be_visible()
    player.page.locator("#traces-panel > summary").click()
    player.page.locator("[data-trace] summary").first.click()
    assert player.page.evaluate(CONTRAST) == []


def test_on_a_phone_nothing_is_wider_than_the_screen(open_page: OpenPage) -> None:
    player = open_page(size=PHONE, phone=True)
    player.follow("^Start")
    player.follow("^Press")
    player.page.get_by_role("button", name="The world").first.click()
    put_discord(player, "Down")
    player.page.locator("#traces-panel > summary").click()
    player.page.locator("[data-trace] summary").first.click()
    assert not player.scrolls_sideways()
    player.page.get_by_role("button", name=re.compile("^#ops")).click()
    expect(player.page.get_by_role("button", name="Bring it back")).to_be_visible()
    assert not player.scrolls_sideways()
