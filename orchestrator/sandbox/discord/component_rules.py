"""What Discord accepts as components: under a message (both systems) and in a modal.

developers/components/reference, the limits as of API v10.
"""

from collections.abc import Iterator
from typing import Any

from orchestrator.core.markdown import units
from orchestrator.sandbox.discord.shapes import (
    Path,
    Problem,
    Rule,
    also,
    boolean,
    by_type,
    distinct,
    items,
    one_of,
    problem,
    snowflake,
    table,
    text,
    url,
    whole,
)

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 11, 12, 13, 14, 17, 18
FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 19, 21, 22, 23
ENTITY_SELECTS = {5: "user", 6: "role", 7: "user, role", 8: "channel"}
LINK = 5

MOST_ROWS, MOST_COMPONENTS, MOST_TEXT, MOST_TEXT_BYTES = 5, 40, 4000, 10170

_ID = {"id": whole(0, 2**31 - 1)}
_CUSTOM_ID = text(100, 1)


def _button_is_whole(value: Any, path: Path) -> Iterator[Problem]:
    link = value["style"] == LINK
    needed, useless = ("url", "custom_id") if link else ("custom_id", "url")
    if value.get(needed) is None:
        yield problem((*path, needed), "BASE_TYPE_REQUIRED", "This field is required")
    if value.get(useless) is not None:
        message = "A custom id and url cannot both be specified"
        yield problem((*path, useless), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message)
    if not (value.get("label") or "").strip() and value.get("emoji") is None:
        message = "Button must have a label or emoji"
        yield problem((*path, "label"), "BUTTON_COMPONENT_MISSING_LABEL_OR_EMOJI", message)


def _values_are_ordered(value: Any, path: Path) -> Iterator[Problem]:
    least, most = value.get("min_values"), value.get("max_values")
    if least is not None and most is not None and least > most:
        yield problem((*path, "min_values"), "NUMBER_TYPE_MAX", "min_values is above max_values.")
    options = value.get("options")
    if options and len({option["value"] for option in options}) != len(options):
        message = "The specified option value is already used"
        yield problem((*path, "options"), "COMPONENT_OPTION_VALUE_DUPLICATED", message)


_EMOJI = table({"name": text(32, 1)}, {"id": snowflake, "animated": boolean})

_BUTTON = also(
    table(
        {"type": one_of(BUTTON), "style": whole(1, LINK)},
        {
            "label": text(80),
            "custom_id": _CUSTOM_ID,
            "url": url(512, "http", "https", "discord"),
            "disabled": boolean,
            "emoji": _EMOJI,
            **_ID,
        },
    ),
    _button_is_whole,
)


def _options(most: int, least: int) -> Rule:
    option = table(
        {"label": text(100, 1), "value": text(100, 1)},
        {"description": text(100), "default": boolean, "emoji": _EMOJI},
    )
    return items(option, most, least)


def _select(kind: int) -> Rule:
    choice = {"min_values": whole(0, 25), "max_values": whole(1, 25)}
    common = {"placeholder": text(150), "disabled": boolean, "required": boolean, **choice, **_ID}
    if kind == STRING_SELECT:
        needed = {"type": one_of(kind), "custom_id": _CUSTOM_ID, "options": _options(25, 1)}
        return also(table(needed, common), _values_are_ordered)
    default = table({"id": snowflake, "type": one_of(*ENTITY_SELECTS[kind].split(", "))})
    common["default_values"] = items(default, 25)
    if kind == 8:
        common["channel_types"] = distinct(items(whole(0, 16), 17))
    return also(table({"type": one_of(kind), "custom_id": _CUSTOM_ID}, common), _values_are_ordered)


_SELECTS = {kind: _select(kind) for kind in (STRING_SELECT, *ENTITY_SELECTS)}


def _row_is_uniform(value: Any, path: Path) -> Iterator[Problem]:
    kinds = [component["type"] for component in value["components"]]
    if any(kind != BUTTON for kind in kinds) and len(kinds) > 1:
        message = "The specified component exceeds the maximum width"
        yield problem((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)


_ROW = also(
    table(
        {"type": one_of(ROW), "components": items(by_type({BUTTON: _BUTTON, **_SELECTS}), 5, 1)},
        _ID,
    ),
    _row_is_uniform,
)

_TEXT = table({"type": one_of(TEXT), "content": text(MOST_TEXT, 1)}, _ID)
_MEDIA = table({"url": url(2048, "http", "https", "attachment")})
_SEEN = {"description": text(1024, 1), "spoiler": boolean}
_THUMBNAIL = table({"type": one_of(THUMBNAIL), "media": _MEDIA}, {**_SEEN, **_ID})
_SECTION = table(
    {
        "type": one_of(SECTION),
        "components": items(_TEXT, 3, 1),
        "accessory": by_type({BUTTON: _BUTTON, THUMBNAIL: _THUMBNAIL}),
    },
    _ID,
)
_INSIDE: dict[int, Rule] = {
    ROW: _ROW,
    SECTION: _SECTION,
    TEXT: _TEXT,
    GALLERY: table({"type": one_of(GALLERY), "items": items(table({"media": _MEDIA}, _SEEN), 10, 1)}, _ID),
    FILE: table({"type": one_of(FILE), "file": table({"url": url(2048, "attachment")})}, {"spoiler": boolean, **_ID}),
    SEPARATOR: table({"type": one_of(SEPARATOR)}, {"divider": boolean, "spacing": one_of(1, 2), **_ID}),
}
_CONTAINER = table(
    {"type": one_of(CONTAINER), "components": items(by_type(_INSIDE), MOST_COMPONENTS, 1)},
    {"accent_color": whole(0, 0xFFFFFF), "spoiler": boolean, **_ID},
)

_TEXT_INPUT = table(
    {"type": one_of(TEXT_INPUT), "custom_id": _CUSTOM_ID, "style": one_of(1, 2)},
    {
        "value": text(4000),
        "placeholder": text(100),
        "required": boolean,
        "min_length": whole(0, 4000),
        "max_length": whole(1, 4000),
        **_ID,
    },
)


def _group(kind: int, least: int, **more: Rule) -> Rule:
    needed = {"type": one_of(kind), "custom_id": _CUSTOM_ID, "options": _options(10, least)}
    return also(table(needed, {"required": boolean, **more, **_ID}), _values_are_ordered)


_UP_TO_TEN = {"min_values": whole(0, 10), "max_values": whole(1, 10)}
_ASKED: dict[int, Rule] = {
    TEXT_INPUT: _TEXT_INPUT,
    **_SELECTS,
    FILE_UPLOAD: table(
        {"type": one_of(FILE_UPLOAD), "custom_id": _CUSTOM_ID}, {"required": boolean, **_UP_TO_TEN, **_ID}
    ),
    RADIO_GROUP: _group(RADIO_GROUP, 2),
    CHECKBOX_GROUP: _group(CHECKBOX_GROUP, 1, **_UP_TO_TEN),
    CHECKBOX: table({"type": one_of(CHECKBOX), "custom_id": _CUSTOM_ID}, {"default": boolean, **_ID}),
}
_LABEL = table(
    {"type": one_of(LABEL), "label": text(45, 1), "component": by_type(_ASKED)},
    {"description": text(100, 1), **_ID},
)


def _each(components: Any, path: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    """Every component with its path, nested ones too."""
    for index, component in enumerate(components):
        here = (*path, index)
        yield component, here
        yield from _each(component.get("components") or [], (*here, "components"))
        for key in ("accessory", "component"):
            if isinstance(component.get(key), dict):
                yield component[key], (*here, key)


def _custom_ids_differ(value: Any, path: Path) -> Iterator[Problem]:
    seen: set[str] = set()
    for component, here in _each(value, path):
        custom_id = component.get("custom_id")
        if custom_id is not None and custom_id in seen:
            message = "Component custom id cannot be duplicated"
            yield problem((*here, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message)
        seen.add(custom_id or "")


def _second_system_fits(value: Any, path: Path) -> Iterator[Problem]:
    every = [component for component, _ in _each(value, path)]
    if len(every) > MOST_COMPONENTS:
        yield problem(path, "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_COMPONENTS} components or fewer, nested ones too.")
    texts = [component["content"] for component in every if component["type"] == TEXT]
    if sum(map(units, texts)) > MOST_TEXT:
        message = f"The text of all components must be {MOST_TEXT} or fewer in length."
        yield problem(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)
    # Discord's own bug: HTTP 500 where it should be 400 (discord-api-docs issue 8554).
    if sum(len(content.encode()) + 12 for content in texts) > MOST_TEXT_BYTES:
        yield problem(path, "COMPONENT_TEXT_BYTES", "Discord fails over this many bytes of text.")


FIRST_SYSTEM: Rule = also(items(by_type({ROW: _ROW}), MOST_ROWS), _custom_ids_differ)
"""Rows of buttons or one select, below content and embeds."""

SECOND_SYSTEM: Rule = also(
    items(by_type({**_INSIDE, CONTAINER: _CONTAINER}), MOST_COMPONENTS, 1),
    _custom_ids_differ,
    _second_system_fits,
)
"""Components V2 (flag 1 << 15): they are the whole message."""

MODAL: Rule = table(
    {
        "custom_id": _CUSTOM_ID,
        "title": text(45, 1),
        "components": also(items(by_type({LABEL: _LABEL, TEXT: _TEXT}), 5, 1), _custom_ids_differ),
    }
)
"""A form that opens over the channel. Rows with text inputs, which Discord deprecates, are refused."""
