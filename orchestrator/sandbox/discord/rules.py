"""What Discord accepts, as tables: messages, replies, answers to interactions, threads.

developers/resources/message, resources/webhook and interactions/receiving-and-responding. Discord's published
OpenAPI document leaves many of these out (the sum over embeds, duplicate ids, keys that do not exist), so
they are written here. One rule is this project's own: a message, also an edited one, must say whom it may
ping.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args

from orchestrator.core.markdown import is_blank, units
from orchestrator.sandbox.discord.component_rules import FIRST_SYSTEM, MODAL, SECOND_SYSTEM
from orchestrator.sandbox.discord.shapes import (
    Path,
    Problem,
    Rule,
    also,
    boolean,
    distinct,
    items,
    number,
    one_of,
    problem,
    snowflake,
    table,
    text,
    timestamp,
    url,
    whole,
)

Body = Literal["create", "edit", "edit_reply", "follow_up", "thread", "response"]
"""What a body is for: a new message, an edit of one, an edit of a reply, a further reply, a thread, an
answer."""

Interaction = Literal["ping", "command", "component", "autocomplete", "modal"]

SUPPRESS_EMBEDS, EPHEMERAL, LOADING, SILENT, SECOND = 1 << 2, 1 << 6, 1 << 7, 1 << 12, 1 << 15
"""Message flags. SECOND says that the components are Components V2."""

EMPTY = "EMPTY"
"""The code of the problem that Discord answers with 50006 and not with 50035."""

MOST_EMBED_TEXT = 6000

_URL = url(2048)
_IMAGE_URL = url(2048, "http", "https", "attachment")
_IMAGE = table({"url": _IMAGE_URL}, {"width": whole(0, 2**31), "height": whole(0, 2**31)})
_EMBED = table(
    {},
    {
        "type": one_of("rich"),
        "title": text(256),
        "description": text(4096),
        "url": _URL,
        "timestamp": timestamp,
        "color": whole(0, 0xFFFFFF),
        "footer": table({"text": text(2048, 1)}, {"icon_url": _IMAGE_URL}),
        "author": table({"name": text(256, 1)}, {"url": _URL, "icon_url": _IMAGE_URL}),
        "fields": items(table({"name": text(256, 1), "value": text(1024, 1)}, {"inline": boolean}), 25),
        "image": _IMAGE,
        "thumbnail": _IMAGE,
    },
)


def embed_text(embed: dict[str, Any]) -> int:
    """The units of an embed that count towards the limit over all embeds of a message."""
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for field in embed.get("fields") or []:
        texts += [field.get("name"), field.get("value")]
    return sum(units(part) for part in texts if part)


def _sum_fits(value: Any, path: Path) -> Iterator[Problem]:
    if sum(map(embed_text, value)) > MOST_EMBED_TEXT:
        message = f"Embed size exceeds maximum size of {MOST_EMBED_TEXT}"
        yield problem((*path, 0), "MAX_EMBED_SIZE_EXCEEDED", message)


def _parse_excludes_ids(value: Any, path: Path) -> Iterator[Problem]:
    for key in ("users", "roles"):
        if key in (value.get("parse") or []) and value.get(key):
            message = f"parse:[{key!r}] and {key}: [ids...] are mutually exclusive."
            yield problem(path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


_ALLOWED_MENTIONS = also(
    table(
        {},
        {
            "parse": distinct(items(one_of("roles", "users", "everyone"), 3)),
            "users": distinct(items(snowflake, 100)),
            "roles": distinct(items(snowflake, 100)),
            "replied_user": boolean,
        },
    ),
    _parse_excludes_ids,
)

_ATTACHMENT = table({"id": snowflake}, {"filename": text(1024, 1), "description": text(1024), "title": text(1024)})


def _nonce(value: Any, path: Path) -> Iterator[Problem]:
    yield from whole(-(2**63), 2**63 - 1)(value, path) if isinstance(value, int) else text(25, 1)(value, path)


# key of a message → its rule, for every use of a message
_EVERYWHERE: dict[str, Rule] = {
    "content": text(2000),
    "embeds": also(items(_EMBED, 10), _sum_fits),
    "allowed_mentions": _ALLOWED_MENTIONS,
    "attachments": items(_ATTACHMENT, 10),
    "components": lambda value, path: iter(()),  # depends on the flags: see _components
}

# use → (keys beyond those above, flags that may be set, whether it makes a message)
_USES: dict[str, tuple[dict[str, Rule], int, bool]] = {
    "create": (
        {
            "nonce": _nonce,
            "enforce_nonce": boolean,
            "tts": boolean,
            "message_reference": table(
                {"message_id": snowflake},
                {
                    "channel_id": snowflake,
                    "guild_id": snowflake,
                    "type": one_of(0, 1),
                    "fail_if_not_exists": boolean,
                },
            ),
        },
        SUPPRESS_EMBEDS | SILENT | SECOND,
        True,
    ),
    "edit": ({}, SUPPRESS_EMBEDS | SECOND, False),
    "edit_reply": ({}, SUPPRESS_EMBEDS | SECOND, False),
    "follow_up": ({"tts": boolean}, SUPPRESS_EMBEDS | EPHEMERAL | SILENT | SECOND, True),
    "reply": ({"tts": boolean}, SUPPRESS_EMBEDS | EPHEMERAL | SILENT | SECOND, True),
    "update": ({}, SUPPRESS_EMBEDS | SECOND, False),
}


def _flags(allowed: int) -> Rule:
    def check(value: Any, path: Path) -> Iterator[Problem]:
        found = list(whole(0, 2**53)(value, path))
        yield from found
        if not found and value & ~allowed:
            yield problem(path, "MESSAGE_FLAGS_INVALID", f"Flag {value & ~allowed} cannot be set here.")

    return check


def _components(value: Any, path: Path) -> Iterator[Problem]:
    second = bool((value.get("flags") or 0) & SECOND)
    if value.get("components") is not None:
        rule = SECOND_SYSTEM if second else FIRST_SYSTEM
        yield from rule(value["components"], (*path, "components"))
    if second:
        for key in ("content", "embeds"):
            if value.get(key):
                message = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                yield problem((*path, key), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)


def is_empty(message: dict[str, Any]) -> bool:
    """Whether a message would show nothing. Buttons alone are not a message."""
    if (message.get("flags") or 0) & SECOND:
        return not message.get("components")
    shown = any(embed_text(embed) or embed.get("image") for embed in message.get("embeds") or [])
    return not shown and is_blank(message.get("content") or "") and not message.get("attachments")


def _not_empty(value: Any, path: Path) -> Iterator[Problem]:
    if is_empty(value):
        yield problem(path, EMPTY, "Cannot send an empty message")


def _edit_leaves_something(value: Any, path: Path) -> Iterator[Problem]:
    # What an edit does not name stays, so it can be judged alone only if it names both.
    if value.get("content") is not None and value.get("embeds") is not None:
        yield from _not_empty(value, path)


def _names_whom_to_ping(value: Any, path: Path) -> Iterator[Problem]:
    if value.get("allowed_mentions") is None:
        message = "House rule, not Discord's: every message and every edit says whom it may ping."
        yield problem((*path, "allowed_mentions"), "HOUSE_ALLOWED_MENTIONS", message)


def _message(use: str) -> Rule:
    more, flags, makes_one = _USES[use]
    shape = table({}, {**_EVERYWHERE, **more, "flags": _flags(flags)})
    emptiness = _not_empty if makes_one else _edit_leaves_something
    return also(shape, _names_whom_to_ping, _components, emptiness)


_THREAD = table(
    {"name": text(100, 1)},
    {"auto_archive_duration": one_of(60, 1440, 4320, 10080), "rate_limit_per_user": whole(0, 21600)},
)


def _choice_value(value: Any, path: Path) -> Iterator[Problem]:
    yield from text(100, 1)(value, path) if isinstance(value, str) else number(value, path)


_CHOICE = table({"name": text(100, 1), "value": _choice_value}, {"name_localizations": lambda value, path: iter(())})
_ONLY_EPHEMERAL = table({}, {"flags": _flags(EPHEMERAL)})

# type of an answer → (interactions that it may answer, rule of its data, whether it must have data)
_ANSWERS: dict[int, tuple[tuple[Interaction, ...], Rule | None, bool]] = {
    1: (("ping",), None, False),
    4: (("command", "component", "modal"), _message("reply"), True),
    5: (("command", "component", "modal"), _ONLY_EPHEMERAL, False),
    6: (("component", "modal"), None, False),
    7: (("component", "modal"), _message("update"), True),
    8: (("autocomplete",), table({"choices": items(_CHOICE, 25)}), True),
    9: (("command", "component"), MODAL, True),
}


def response_rule(interaction: Interaction | None) -> Rule:
    """The rule for an answer to that kind of interaction; with None, for an answer to whichever kind takes
    it."""

    def check(value: Any, path: Path) -> Iterator[Problem]:
        yield from table({"type": one_of(*_ANSWERS)}, {"data": lambda below, here: iter(())})(value, path)
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, int) or isinstance(kind, bool) or kind not in _ANSWERS:
            return
        answers, rule, needs_data = _ANSWERS[kind]
        if interaction is not None and interaction not in answers:
            message = f"Type {kind} does not answer this interaction ({interaction})."
            yield problem((*path, "type"), "INTERACTION_RESPONSE_TYPE_INVALID", message)
        data = value.get("data")
        if data is None:
            if needs_data:
                yield problem((*path, "data"), "BASE_TYPE_REQUIRED", "This field is required")
        elif rule is None:
            yield problem((*path, "data"), "UNKNOWN_KEY", f"Type {kind} carries no data.")
        else:
            yield from rule(data, (*path, "data"))

    return check


_BODIES: dict[Body, Rule] = {
    "create": _message("create"),
    "edit": _message("edit"),
    "edit_reply": _message("edit_reply"),
    "follow_up": _message("follow_up"),
    "thread": _THREAD,
    "response": response_rule(None),
}
assert set(_BODIES) == set(get_args(Body))


def check_payload(kind: Body, body: Any, *, interaction: Interaction | None = None) -> list[Problem]:
    """Everything Discord would refuse in this body; empty if it would take it. For "response", `interaction`
    says what is being answered. The body is read as JSON would carry it: lists, not tuples."""
    rule: Callable[[Any, Path], Iterator[Problem]] = _BODIES[kind]
    if kind == "response":
        rule = response_rule(interaction)
    return list(rule(body, ()))
