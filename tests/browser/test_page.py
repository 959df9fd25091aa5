"""The page itself: who sees what, the composer, small screens, dark and light, the keyboard alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import OpenPage, Player


def test_a_private_reply_is_seen_by_its_person_alone(player: Player) -> None:
    mine, theirs = player.sandbox.person_with("engineering"), player.sandbox.person_with("ops")
    player.become(mine)
    player.send("help")
    private = player.log.locator("[data-ephemeral='true']")
    expect(private).to_have_count(1)

    player.become(theirs)
    expect(private).to_have_count(0)
    player.become(mine)
    expect(private).to_have_count(1)

    player.page.get_by_role("button", name="Dismiss message").click()
    expect(private).to_have_count(0)


def test_a_slash_offers_every_command_with_its_description(player: Player) -> None:
    player.entry.click()
    player.page.keyboard.type("/")
    offered = player.page.get_by_role("option")
    for command in player.sandbox.get("/sandbox/commands"):
        leaves = [option for option in command.get("options", []) if option["type"] in (1, 2)]
        name = f"/{command['name']} {leaves[0]['name']}" if leaves else f"/{command['name']}"
        expect(offered.filter(has_text=name).first).to_be_attached()
    expect(offered.first.locator(".pick-detail")).not_to_be_empty()


def test_a_mistyped_command_is_answered_with_the_one_that_was_meant(player: Player) -> None:
    player.entry.click()
    player.page.keyboard.type("/rolback")
    player.page.keyboard.press("Enter")
    note = player.page.get_by_role("alert").filter(has_text="Did you mean /rollback?")
    expect(note).to_be_visible()
    note.get_by_role("button", name="Use /rollback").click()
    expect(player.page.get_by_role("button", name="Command /rollback")).to_be_visible()


def test_plain_talk_is_told_to_use_a_slash(player: Player) -> None:
    player.entry.click()
    player.page.keyboard.type("please roll back")
    player.page.keyboard.press("Enter")
    expect(player.page.get_by_role("alert").filter(has_text="type / to see them")).to_be_visible()


def test_a_missing_option_is_named_and_nothing_is_sent(player: Player) -> None:
    player.entry.click()
    player.page.keyboard.type("/rollout start ")
    player.page.get_by_role("button", name="Send").click()
    expect(player.page.get_by_role("alert").filter(has_text="is needed")).to_be_visible()
    expect(player.option("plan")).to_be_focused()
    expect(player.log.locator("[data-message-id]")).to_have_count(0)


def test_a_whole_line_can_be_pasted(player: Player) -> None:
    player.entry.fill("/rollout start plan:prisma-persistence reason:pasted: all of it")
    expect(player.option("plan")).to_have_value("prisma-persistence")
    expect(player.option("reason")).to_have_value("pasted: all of it")


def test_a_rollout_starts_with_the_keyboard_alone(player: Player) -> None:
    keyboard = player.page.keyboard
    keyboard.press("/")
    keyboard.type("rollout st")
    keyboard.press("Enter")
    expect(player.option("plan")).to_be_focused()
    keyboard.type("prisma-p")
    expect(player.page.get_by_role("option", name="prisma-persistence").first).to_be_visible()
    keyboard.press("ArrowDown")
    keyboard.press("ArrowUp")
    keyboard.press("Tab")
    expect(player.option("plan")).to_have_value("prisma-persistence")
    expect(player.option("reason")).to_be_focused()
    keyboard.type("By keyboard")
    keyboard.press("Enter")
    expect(player.log.locator("[data-ephemeral='true'] button:is(.success, .primary)")).to_be_visible()
    for _ in range(20):
        if player.page.evaluate("document.activeElement.matches('#log button:is(.success, .primary)')"):
            break
        keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    expect(player.rollout()).to_have_attribute("data-status", "running")


def test_what_somebody_types_is_shown_as_text(player: Player) -> None:
    hostile = "<img src=x onerror=alert(1)> <b>bold</b>"
    player.send("rollout start", plan="prisma-persistence", reason=hostile)
    expect(player.newest).to_contain_text("<img src=x onerror=alert(1)>")
    expect(player.log.locator("img, b")).to_have_count(0)


def test_escape_closes_the_list_and_then_clears_the_box(player: Player) -> None:
    player.page.keyboard.press("/")
    expect(player.page.get_by_role("listbox")).to_be_visible()
    player.page.keyboard.press("Escape")
    expect(player.page.get_by_role("listbox")).to_be_hidden()
    player.page.keyboard.press("Escape")
    expect(player.entry).to_have_value("")


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_shows_everything_without_scrolling_sideways(open_page: OpenPage, width: int) -> None:
    player = open_page(size=(width, 780), phone=True)
    assert not player.scrolls_sideways()
    player.follow("^Start")
    assert not player.scrolls_sideways()
    for name in (re.compile("^#alerts"), re.compile("^The world")):
        player.page.get_by_role("navigation").get_by_role("button", name=name).click()
        assert not player.scrolls_sideways()
    expect(player.page.get_by_role("button", name="To the next decision")).to_be_visible()
    player.page.get_by_role("navigation").get_by_role("button", name=re.compile("^#ops")).click()
    expect(player.entry).to_be_visible()
    expect(player.page.get_by_role("combobox", name="You are")).to_be_visible()


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_the_theme_is_the_system_s_until_somebody_chooses(open_page: OpenPage, scheme: str, dark: bool) -> None:
    player = open_page(scheme=scheme)
    assert is_dark(player) is dark
    player.page.get_by_role("button", name="Dark theme").click()
    assert is_dark(player) is not dark
    player.page.reload()
    player.page.locator("body[data-ready='true']").wait_for()
    assert is_dark(player) is not dark


def is_dark(player: Player) -> bool:
    colour = player.page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor")
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) < 384


CONTRAST = """
() => {
  const parse = (text) => [...text.match(/[\\d.]+/g).map(Number), 1].slice(0, 4);
  const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0.99) return colour;
    }
    return [255, 255, 255, 1];
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const style = getComputedStyle(node);
    const empty = !walker.currentNode.textContent.trim();
    if (empty || !node.checkVisibility() || node.closest(":disabled, .visually-hidden")) continue;
    const [one, other] = [light(parse(style.color)), light(behind(node))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) poor.push(`${walker.currentNode.textContent.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return poor;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(open_page: OpenPage, scheme: str) -> None:
    player = open_page(scheme=scheme)
    player.follow("^Start")
    assert player.page.evaluate(CONTRAST) == []


def test_every_control_has_a_name(player: Player) -> None:
    player.follow("^Start")
    for role in ("button", "combobox", "slider", "switch", "radio"):
        for control in player.page.get_by_role(role).all():
            expect(control).to_have_accessible_name(re.compile(r"\S"))


def test_the_world_moves_on_by_the_clock(player: Player) -> None:
    before = player.page.get_by_role("timer").inner_text()
    player.page.get_by_role("radio", name="Paused").check(force=True)
    player.page.get_by_role("button", name="+30 minutes").click()
    expect(player.page.get_by_text(re.compile(r"^30 min( \d+ s)? later")).first).to_be_visible()
    assert player.page.get_by_role("timer").inner_text() != before
