"""Buttons under a message, kept within Discord's limits."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from orchestrator.core.markdown import DASH, clean, is_blank, shorten, units

MOST_ROWS = 5
MOST_IN_A_ROW = 5
LABEL, CUSTOM_ID, URL = 80, 100, 512

_ACTION_ROW, _BUTTON = 1, 2
_STYLES = {"primary": 1, "secondary": 2, "success": 3, "danger": 4}
_LINK_STYLE = 5


Style = Literal["primary", "secondary", "success", "danger"]


class Button(msgspec.Struct, frozen=True):
    """A button that calls the bot with its `custom_id`, an opaque id of 1 to 100 characters."""

    label: str
    style: Style
    custom_id: str
    disabled: bool = False


class LinkButton(msgspec.Struct, frozen=True):
    """A button that opens a page. Without a valid http(s) address of at most 512 characters it is left out: a
    shortened address would lead elsewhere."""

    label: str
    url: str


def action_rows(rows: Iterable[Sequence[Button | LinkButton]]) -> list[dict[str, Any]]:
    """The rows as Discord takes them. A sixth button in a row begins a new row; what exceeds five rows is
    left out, and so is a second button with the same custom_id (both would do the same)."""
    seen: set[str] = set()
    written: list[dict[str, Any]] = []
    for row in rows:
        buttons = [body for button in row if (body := _button(button, seen)) is not None]
        for start in range(0, len(buttons), MOST_IN_A_ROW):
            written.append({"type": _ACTION_ROW, "components": buttons[start : start + MOST_IN_A_ROW]})
    return written[:MOST_ROWS]


def _button(button: Button | LinkButton, seen: set[str]) -> dict[str, Any] | None:
    label = " ".join(clean(button.label).split())
    body: dict[str, Any] = {"type": _BUTTON, "label": DASH if is_blank(label) else shorten(label, LABEL)}
    if isinstance(button, LinkButton):
        if not _is_address(button.url):
            return None
        return body | {"style": _LINK_STYLE, "url": button.url}
    custom_id = _custom_id(button)
    if custom_id in seen:
        return None
    seen.add(custom_id)
    body |= {"style": _STYLES[button.style], "custom_id": custom_id}
    return body | {"disabled": True} if button.disabled else body


def _custom_id(button: Button) -> str:
    """The custom_id, or a hash in its place if Discord would refuse it. Nobody knows the hash, so pressing
    that button is answered like a stale one; a message that says what happened is worth more than a working
    button."""
    given = button.custom_id
    if given == clean(given) and not is_blank(given) and units(given) <= CUSTOM_ID:
        return given
    return "unusable:" + hashlib.sha256(repr((given, button.label)).encode("utf-8", "surrogatepass")).hexdigest()


def _is_address(url: str) -> bool:
    if units(url) > URL or not url.isascii() or any(character <= " " or character in '<>"\\^`{|}' for character in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
