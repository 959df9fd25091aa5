"""What a text holds, looked up once: its words, and the lines that hold one of them.

Most lines of a log hold no word that tells anything. To know that from one pass over the text, and not from one
search for each rule, is what makes the redactor fast.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from orchestrator.core.redaction.trie import trie

_WORD = re.compile(r"[a-z]{3,}")
_BEHIND_ESCAPE = re.compile(r"(?:\\[nrt]|%(?:25){0,3}[0-9a-f]{2}|\\u00[0-9a-f]{2}|\\x[0-9a-f]{2})([a-z]{3,})")
_STEM_WORDS = """
    pass pw secret token key cred auth cookie jwt bearer otp sess sid sig hmac csrf xsrf sas salt pepper seed
    webhook pem licen mnemonic pin phrase conn kennwort senha contras motdepasse psk code team assertion saml
    plaintext wif contribsys clave haslo heslo wachtw parola salasana adgangsk lozinka psw crumb cvv cvc
"""
STEMS = rf"(?:{trie(_STEM_WORDS.split())}|pat(?![hict]))"
"""What every telling key has in it: `keys.judge` knows no other."""
_STEMS = re.compile(STEMS)
_REMEMBERED = 20_000


class _Telling(dict[str, bool]):
    """Whether a word has a part that makes a key telling. Words come again and again: each is looked at once."""

    def __missing__(self, word: str) -> bool:
        if len(self) >= _REMEMBERED:
            self.clear()
        tells = self[word] = _STEMS.search(word) is not None
        return tells


_telling = _Telling(pw=True)


class Look:
    """A text, the same in small letters (every letter in its place), and its words."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.small = in_small_letters(text)
        self.is_one_line = "\n" not in text
        self._lines: dict[str, list[tuple[int, int]]] = {}
        self.words = set(_WORD.findall(self.small))
        if "\\" in text or "%" in text:  # `\nBearer` is no word of its own
            self.words.update(_BEHIND_ESCAPE.findall(self.small))

    @cached_property
    def telling_lines(self) -> list[tuple[int, int]]:
        """The lines with a word that may be part of a telling key."""
        telling = [word for word in self.words if _telling[word]]
        if not telling and "pw" not in self.small:
            return []
        if self.is_one_line:
            return [(0, len(self.small))]
        telling.append("pw")
        return list(self.lines_with(telling))

    def lines_with(self, words: Iterable[str]) -> Iterator[tuple[int, int]]:
        """Start and end of each line that holds one of the words, each once, in order of the first word's places."""
        small = self.small
        if self.is_one_line:
            if any(word in small for word in words):
                yield 0, len(small)
            return
        seen: set[int] = set()
        for word in words:
            for start, end in self._lines_of(word):
                if end not in seen:
                    seen.add(end)
                    yield start, end

    def _lines_of(self, word: str) -> list[tuple[int, int]]:
        """Asked for by one rule after the other, and looked up once."""
        lines = self._lines.get(word)
        if lines is None:
            lines = self._lines[word] = []
            small = self.small
            position = small.find(word)
            while position >= 0:
                end = small.find("\n", position)
                if end < 0:
                    end = len(small)
                lines.append((small.rfind("\n", 0, position) + 1, end))
                position = small.find(word, end)
        return lines


def in_small_letters(text: str) -> str:
    """Every letter in its place: a few letters change their length when `lower` is asked."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
