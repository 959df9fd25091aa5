"""Text as Discord draws it: made clean, made harmless, and cut to length without breaking what is drawn.

Lengths are counted in UTF-16 units. Discord does not say whether it counts code points or UTF-16 units, and
its clients and its API have differed. A text never has more code points than UTF-16 units, so what fits by
this count fits by either.
"""

import re
import unicodedata
from datetime import UTC, datetime

DASH = "–"
ELLIPSIS = "…"

_LINE_BREAK = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f]")
# Zero width and direction: they hide text, or let it read backwards. _joins_emoji sees to the joiner.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_JOINER = "\u200d"
_BREAKER = "\u200b"
# "@everyone", "@here", and the inside of <@id>, <@!id> and <@&id>: Discord's server looks for them in the raw
# text and knows no backslash, so they are broken apart by a character of no width.
_MENTION = re.compile(r"@(?=everyone|here|[!&]?\d)", re.IGNORECASE)
_ANYWHERE = re.compile(r"[\\*_~`|\[\]<]|:(?=//|(?!\d\d:)[\w+-]{1,64}:)")
_LINE_START = re.compile(r"^([ \t]*)(?:([#>+-])|(\d+)(?=\.))", re.MULTILINE)
# Beyond the year 9999 there is no date to be written. The distance to a moment that stands beside it is part of it: in
# UTC it would be the same words again.
_TIME = re.compile(r"<t:(\d{1,11})(?::[a-zA-Z])?>(?: \(<t:\1:R>\)| <t:\1:R>)?")
_SIGNS = re.compile(r"\\(.)|\*\*|`")
_LOOKS_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0\ufe0e\ufe0f")


def units(text: str) -> int:
    """The length of a text as this module counts it: UTF-16 units."""
    return len(text) + sum(1 for character in text if character > "\uffff")


def clean(text: str) -> str:
    """The text without what no text should hold: control characters go (newline and tab stay), every kind of
    line break becomes a newline, halves of a surrogate pair are joined or replaced by U+FFFD, outer white
    space goes."""
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROL.sub("", _LINE_BREAK.sub("\n", text)).strip()


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen. Discord trims such a text and then refuses it as empty."""
    return all(
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp") or character in _LOOKS_BLANK
        for character in text
    )


def escape(text: str, *, one_line: bool = False) -> str:
    """Somebody else's text, such that Discord shows its letters and does nothing else with it.

    Headings, lists, quotes, emphasis, spoilers, code, links (masked or bare), emoji, times and mentions of
    people, roles, channels, commands and everyone lose their meaning; characters of no width and of direction
    are removed. Newlines stay, or become spaces with `one_line`. The result may be longer than the text, so
    cut it afterwards. A bare link stays readable but is not clickable: nothing that a stranger typed is to be
    a link under the bot's name.
    """
    text = _visible(text, one_line=one_line)
    text = _ANYWHERE.sub(r"\\\g<0>", text)
    text = _LINE_START.sub(lambda found: f"{found[1]}\\{found[2]}" if found[2] else f"{found[1]}{found[3]}\\", text)
    return _MENTION.sub("@" + _BREAKER, text)


def code(text: str) -> str:
    """Somebody else's text as inline code, on one line. A backtick, which would end the code, is shown as an
    apostrophe."""
    text = _MENTION.sub("@" + _BREAKER, _visible(text, one_line=True).replace("`", "'"))
    return f"`{DASH if is_blank(text) else text}`"


def plain(text: str) -> str:
    """Our own markdown as people read it where nobody draws it, in an e-mail: without its signs, each time once,
    in UTC."""
    text = _TIME.sub(lambda found: f"{datetime.fromtimestamp(int(found[1]), UTC):%Y-%m-%d %H:%M} UTC", text)
    return _SIGNS.sub(r"\1", text).replace(_BREAKER, "")


def shorten(text: str, most: int) -> str:
    """The text itself if it has at most `most` units, else its beginning, ending with "…", within that
    length.

    The cut falls on the end of a line if one is near, never inside an emoji, a letter with its accents, an
    escape or a `<…>` token; code that was open there is closed, so that what stood inside never becomes
    markup.
    """
    if units(text) <= most:
        return text
    if most < 1:
        return ""
    head = _head(text, most - 1)
    if _closer(head):
        head = _head(text, max(0, most - 1 - len("\n```")))
        if _closer(head) == "\n```":
            head = re.sub(r"```\w*\s*$", "", head).rstrip()
    return head + _closer(head) + ELLIPSIS


def _visible(text: str, *, one_line: bool) -> str:
    text = _HIDDEN.sub("", clean(text))
    if _JOINER in text:
        text = "".join(
            character for index, character in enumerate(text) if character != _JOINER or _joins_emoji(text, index)
        )
    return " ".join(text.split()) if one_line else text.strip()


def _joins_emoji(text: str, index: int) -> bool:
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    return (
        bool(before and after)
        and (before == "\ufe0f" or unicodedata.category(before) in ("So", "Sk"))
        and unicodedata.category(after) == "So"
    )


def _head(text: str, room: int) -> str:
    """The longest fitting beginning of the text that ends at a good place."""
    end = _fitting(text, room)
    line = text.rfind("\n", end - min(200, room // 5), end) if end else -1
    end = line if line > 0 else _token_border(text, _drawn_border(text, end))
    head = text[:end].rstrip()
    backslashes = len(head) - len(head.rstrip("\\"))
    return head[:-1] if backslashes % 2 else head


def _fitting(text: str, room: int) -> int:
    end = used = 0
    for character in text:
        used += 2 if character > "\uffff" else 1
        if used > room:
            break
        end += 1
    return end


def _drawn_border(text: str, end: int) -> int:
    """The last place up to `end` that is not inside one drawn character. It gives up after 32 code points: a
    tower of accents has no good place."""
    for place in range(end, max(0, end - 32), -1):
        if not _drawn_as_one(text, place):
            return place
    return end


def _drawn_as_one(text: str, place: int) -> bool:
    """Whether the code points before and after `place` belong to one drawn character."""
    if place >= len(text):
        return False
    before, after = text[place - 1], text[place]
    if before == _JOINER or after == _JOINER or unicodedata.category(after) in ("Mn", "Mc", "Me"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    if _is_flag_half(before) and _is_flag_half(after):
        start = place
        while start > 0 and _is_flag_half(text[start - 1]):
            start -= 1
        return (place - start) % 2 == 1
    return False


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _token_border(text: str, end: int) -> int:
    """`end`, or the beginning of the run of backticks or of the `<t:…>` or `<@…>` that it would cut in
    two."""
    start = text.rfind("<", max(0, end - 64), end)
    if start > 0 and ">" not in text[start:end] and ">" in text[end : end + 64] and "\n" not in text[start:end]:
        return start
    for _ in range(2):
        if end and text[end - 1 : end + 1] == "``":
            end -= 1
    return end


def _closer(text: str) -> str:
    """What closes the code that is still open at the end of the text; empty if none is."""
    place = 0
    while place < len(text):
        if text[place] == "\\":
            place += 2
            continue
        if text[place] != "`":
            place += 1
            continue
        mark = "```" if text.startswith("```", place) else "`"
        end = text.find(mark, place + len(mark))
        if end < 0:
            return "\n```" if mark == "```" else "`"
        place = end + len(mark)
    return ""
