"""A rollout and a rollback, by what somebody sees on the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import OpenPage, Player, Sandbox

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PHONE = (390, 844)
FIRST_STAGE = "dark-launch"


def start(player: Player) -> None:
    player.send("rollout start", plan="prisma-persistence", reason="New persistence layer")
    player.confirm()
    expect(player.rollout()).to_have_attribute("data-status", "running")


def test_a_rollout_is_started_from_the_composer_and_its_preview(player: Player) -> None:
    player.send("rollout start", plan="prisma-persistence", reason="New persistence layer")
    expect(player.newest).to_contain_text("/rollout start")
    expect(player.newest).to_contain_text("Only you can see this")
    expect(player.page.locator("[data-rollout]")).to_have_count(0)

    player.confirm()
    expect(player.rollout()).to_have_attribute("data-status", "running")
    expect(player.rollout()).to_have_attribute("data-stage", FIRST_STAGE)
    expect(player.log).to_contain_text("prisma-persistence-1")


def test_a_newcomer_comes_to_a_decision_and_past_it_by_suggestions_alone(player: Player) -> None:
    player.play_to("admin-reads")
    expect(player.flag("PERSISTENCE_PRISMA_READS")).to_have_attribute("data-value", "true")
    assert player.sandbox.flag("PERSISTENCE_PRISMA_READS") == "true"


def test_each_role_of_an_approval_is_another_person(player: Player) -> None:
    start(player)
    player.follow("^Advance")
    expect(player.rollout()).to_contain_text("waiting for people")
    for role in ("engineering", "ops"):
        expect(player.rollout()).to_have_attribute("data-stage", FIRST_STAGE)
        player.become(player.sandbox.person_with(role))
        player.follow("^Approve")
        if player.suggestion("^Press").count():
            player.follow("^Press")
    expect(player.rollout()).to_have_attribute("data-stage", "admin-reads")


def test_an_alarm_takes_its_flag_back_and_says_so(player: Player) -> None:
    player.play_to("portal")
    expect(player.flag("PORTAL_PRISMA")).to_have_attribute("data-value", "true")

    player.page.get_by_role("button", name="Fire portal-outage").first.click()
    expect(player.flag("PORTAL_PRISMA")).to_have_attribute("data-value", "false")
    assert player.sandbox.flag("PORTAL_PRISMA") == "false"
    expect(player.page.locator("[data-alarm='portal-outage']")).to_have_attribute("data-state", "ALARM")
    expect(player.rollout()).to_contain_text("held")

    alerts = player.page.get_by_role("button", name=re.compile("^#alerts"))
    expect(alerts).to_have_accessible_name(re.compile("unread"))
    alerts.click()
    expect(player.log).to_contain_text("portal-outage")
    expect(player.log).to_contain_text("PORTAL_PRISMA")


def test_a_rollback_is_previewed_confirmed_and_read_back(player: Player) -> None:
    player.play_to("admin-reads")
    player.send("rollback", **{rollback_option(player.sandbox): "prisma-persistence"})
    preview = player.newest
    expect(preview).to_contain_text("Only you can see this")
    expect(preview).to_contain_text("PERSISTENCE_PRISMA_READS")
    expect(preview.locator("button.danger")).to_be_visible()
    assert player.sandbox.flag("PERSISTENCE_PRISMA_READS") == "true"

    player.confirm()
    expect(player.rollout()).to_have_attribute("data-status", "rolled_back")
    expect(player.log).to_contain_text(re.compile("read back", re.IGNORECASE))
    assert player.sandbox.flag("PERSISTENCE_PRISMA_READS") == "false"


def rollback_option(sandbox: Sandbox) -> str:
    """What /rollback calls the option that says what to roll back."""
    command = next(command for command in sandbox.get("/sandbox/commands") if command["name"] == "rollback")
    return str(next(option["name"] for option in command["options"] if option.get("required")))


def test_a_flag_changed_by_hand_shows_on_the_page(player: Player) -> None:
    player.page.get_by_role("button", name="Change PORTAL_PRISMA by hand").click()
    player.page.get_by_label("New value of PORTAL_PRISMA").select_option("true")
    player.page.get_by_role("button", name="Write").click()
    expect(player.flag("PORTAL_PRISMA")).to_have_attribute("data-value", "true")
    assert player.sandbox.flag("PORTAL_PRISMA") == "true"


def test_a_signal_is_turned_up_by_its_slider(player: Player) -> None:
    slider = player.page.get_by_role("slider", name="api_5xx: Error rate")
    slider.focus()
    player.page.keyboard.press("End")
    expect(player.page.locator("[data-signal='api_5xx']").get_by_text("100%")).to_be_visible()
    person = player.sandbox.person_with("ops")
    player.page.wait_for_timeout(700)
    signals = player.sandbox.get(f"/sandbox/view?person={person}")["signals"]
    assert next(signal["rate"] for signal in signals if signal["name"] == "api_5xx") == 1


def test_the_pictures_for_the_readme(open_page: OpenPage) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    wide = open_page(scheme="dark")
    wide.play_to("admin-reads")
    wide.page.mouse.move(640, 20)
    wide.page.wait_for_timeout(3000)  # the flash of a changed flag is over
    wide.page.screenshot(path=str(IMAGES / "sandbox.png"))

    phone = open_page(size=PHONE, phone=True)
    phone.page.screenshot(path=str(IMAGES / "sandbox-phone.png"))
    for name in ("sandbox.png", "sandbox-phone.png"):
        assert (IMAGES / name).stat().st_size > 20_000
