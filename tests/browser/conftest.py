"""A real Chromium in front of a real sandbox: `make browser`.

Every test gets a world of its own, and every test also holds the page to two promises: nothing is logged as
an error, and no request leaves the sandbox's origin.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request

if importlib.util.find_spec("playwright") is None:
    collect_ignore_glob = ["test_*.py"]  # only `make browser` installs it

REPOSITORY = Path(__file__).parents[2]

CANDIDATES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "google-chrome", "google-chrome-stable")
START_SECONDS = 60
WIDE = (1280, 800)
TOO_WIDE = """
() => {
  const scrolls = (node) => /auto|scroll/.test(getComputedStyle(node).overflowX);
  const sheltered = (node) => node && (scrolls(node) || sheltered(node.parentElement));
  const outside = (node) => node.checkVisibility() && node.getBoundingClientRect().right > innerWidth + 1;
  const root = document.documentElement;
  const seen = [...document.querySelectorAll("body *")].filter((node) => !sheltered(node.parentElement));
  return root.scrollWidth > root.clientWidth || seen.some(outside);
}
"""
SETTLED = "body[data-ready='true']"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def _chromium() -> str:
    wanted = os.environ.get("CHROMIUM")
    names = (wanted,) if wanted else CANDIDATES
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("No Chromium: install the package `chromium`, or set CHROMIUM to its path.", False)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    quiet = ("background-networking", "component-update", "sync")
    arguments = ["--no-sandbox", *(f"--disable-{what}" for what in quiet)]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=_chromium(), args=arguments)
        yield launched
        launched.close()


class Sandbox:
    """A running sandbox."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> Any:
        """One of its JSON pages."""
        with urllib.request.urlopen(f"{self.url.rstrip('/')}{path}", timeout=10) as answer:
            return json.load(answer)

    def flag(self, name: str) -> str:
        """What SSM holds for a flag, by its short name."""
        flags: dict[str, str] = self.get("/sandbox/flags")
        return next(value for full, value in flags.items() if full.endswith(f"/{name}"))

    def person_with(self, role: str) -> str:
        people: dict[str, dict[str, Any]] = self.get("/sandbox")["people"]
        able = [name for name in people if role in people[name]["roles"]]
        return min(able, key=lambda name: len(people[name]["roles"]))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    command = [sys.executable, "-m", "orchestrator.cli", "sandbox", "--port", "0", "--no-browser"]
    command += [f"--plan={REPOSITORY / plan}" for plan in ("tests/journeys/persistence.yaml", "plans/safeguards.yaml")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
        line = process.stdout.readline() if ready else ""
        found = re.fullmatch(r"Sandbox: (http://127\.0\.0\.1:\d+/)\s*", line)
        assert found, f"the sandbox said {line!r} instead of its address"
        yield Sandbox(found[1])
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


class Player:
    """Somebody at the page: what they type, press and see."""

    def __init__(self, page: Page, sandbox: Sandbox) -> None:
        self.page = page
        self.sandbox = sandbox
        self.entry = page.get_by_role("combobox", name="for commands")
        self.suggestions = page.get_by_role("group", name="What you could do next")
        self.log = page.get_by_role("log", name="Messages")

    @property
    def newest(self) -> Locator:
        return self.log.locator("[data-message-id]").last

    def rollout(self) -> Locator:
        return self.page.locator("[data-rollout]").first

    def flag(self, name: str) -> Locator:
        return self.page.locator(f"[data-flag='{name}']")

    def option(self, name: str) -> Locator:
        return self.page.get_by_role("combobox", name=re.compile(f"^{name}: "))

    def become(self, person: str) -> None:
        self.page.get_by_role("radio", name=re.compile(f"^{re.escape(person)}")).check(force=True)

    def send(self, command: str, **options: str) -> None:
        """Type a command and its options the way a person does, and send it."""
        self.entry.click()
        self.page.keyboard.type(f"/{command} ")
        for name, value in options.items():
            field = self.option(name)
            if not field.is_visible():
                self.page.get_by_role("option", name=re.compile(f"^{name}")).click()
            field.click()
            self.page.keyboard.type(value)
            offered = self.page.get_by_role("option", name=value, exact=True)
            if field.get_attribute("aria-expanded") == "true" and offered.count():
                offered.first.click()
        self.page.get_by_role("button", name="Send").click()
        self.page.locator("form#composer:not([aria-busy])").wait_for()

    def confirm(self) -> None:
        """Press the coloured button of the newest private preview."""
        preview = self.log.locator("[data-ephemeral='true']").last
        preview.locator("button.success, button.primary, button.danger").first.click()

    def suggestion(self, text: str) -> Locator:
        return self.suggestions.get_by_role("button", name=re.compile(text))

    def follow(self, *preferred: str) -> str:
        """Take the first of the suggestions there are, in the order given; returns which."""
        self.suggestion("|".join(preferred)).and_(self.page.locator(":enabled")).first.wait_for()
        chosen = next(text for text in preferred if self.suggestion(text).count())
        before = self.revision()
        self.suggestion(chosen).first.click()
        self.settle(before)
        return chosen

    def revision(self) -> int:
        person = next(iter(self.sandbox.get("/sandbox")["people"]))
        revision: int = self.sandbox.get(f"/sandbox/view?person={person}")["revision"]
        return revision

    def settle(self, before: int) -> None:
        """Wait until the world has moved on from revision `before` and the page shows no work in progress."""
        for _ in range(600):
            if self.revision() != before:
                break
            self.page.wait_for_timeout(50)
        else:
            raise AssertionError("nothing happened in the world")
        self.page.wait_for_timeout(700)  # one poll
        working = self.page.locator(":is(.thinking, [aria-busy='true'], progress:not([hidden]))")
        working.first.wait_for(state="hidden")

    def play_to(self, stage: str) -> None:
        """Follow the suggestions, as a newcomer would, until the rollout stands in `stage`."""
        for _ in range(60):
            if self.rollout().count() and self.rollout().get_attribute("data-stage") == stage:
                return
            self.follow("^Press", "^Approve", "^Advance", "^Start")
        raise AssertionError(f"the suggestions did not lead to {stage}")

    def scrolls_sideways(self) -> bool:
        """Whether the page, or anything in it that does not scroll by itself, is wider than the screen."""
        return bool(self.page.evaluate(TOO_WIDE))


OpenPage = Callable[..., Player]


@pytest.fixture
def open_page(browser: Browser, sandbox: Sandbox) -> Iterator[OpenPage]:
    """open_page(size=WIDE, scheme="light", phone=False) → a Player in a fresh browser profile."""
    contexts = []
    errors: list[str] = []
    foreign: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            errors.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((sandbox.url, "data:")):
            foreign.append(request.url)

    def opened(size: tuple[int, int] = WIDE, scheme: Any = "light", phone: bool = False) -> Player:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            is_mobile=phone,
            has_touch=phone,
            device_scale_factor=2 if phone else 1,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", heard)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", asked)
        page.goto(sandbox.url)
        page.locator(SETTLED).wait_for()
        return Player(page, sandbox)

    yield opened
    for context in contexts:
        context.close()
    assert errors == []
    assert foreign == []


@pytest.fixture
def player(open_page: OpenPage) -> Player:
    return open_page()
