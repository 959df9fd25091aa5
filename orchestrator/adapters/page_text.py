"""What a page may say: SNS takes a subject of 100 printable ASCII characters, and 256 KiB of text and attributes."""

from __future__ import annotations

import unicodedata

SUBJECT_CHARS = 100
TEXT_BYTES = 255 * 1024
"""SNS counts the names, types and values of the attributes with the text: they get what is left."""

_CUT = "\n[cut here: the rest did not fit]"


def fit_subject(subject: str) -> str:
    """One line that SNS takes and a phone shows. Accents are dropped, other foreign characters become `?`."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", subject) if not unicodedata.combining(c))
    shown = "".join(c if " " <= c <= "~" else " " if c.isspace() else "?" for c in plain)
    line = " ".join(shown.split()) or "Switchback"
    return line if len(line) <= SUBJECT_CHARS else line[: SUBJECT_CHARS - 3].rstrip() + "..."


def fit_text(text: str, subject: str) -> str:
    """`text`, cut where it does not fit. SNS refuses an empty text: then the subject says it all."""
    body = text.encode(errors="replace")
    if len(body) > TEXT_BYTES:
        body = body[: TEXT_BYTES - len(_CUT)].decode(errors="ignore").encode() + _CUT.encode()
    return body.decode() if body.strip() else subject
