"""`switchback redact`: any stream of lines, without its secrets."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import Any, Protocol, cast

from orchestrator.core.redaction import Redactor, failures, redact

_PIECE = 1 << 16
_LONGEST_LINE = 1 << 20
"""Bytes of a line that are held back while its end has not come; then it goes out in parts."""
_SEARCHED, _AROUND, _TRIED = 1 << 17, 1 << 12, 16
"""Bytes at the end of such a line in which a place to cut is sought; bytes to both sides of it that are compared; and
how many places are compared."""
_BEFORE_A_KEY = re.compile(
    rb"[,;&{][ \t]{0,4}(?=\\{0,7}[\"']?[A-Za-z_][\w.\-]{0,80}\\{0,7}[\"']?[ \t]{0,4}[:=])|"
    rb"[ \t](?=[A-Za-z_][\w.\-]{0,80}=)"
)
_BETWEEN_WORDS = re.compile(rb"[,;}\]][ \t]|[^:=,>|\-][ \t]")
_READER_GONE = 141  # what a shell shows for any filter whose reader went away: 128 and SIGPIPE


class Source(Protocol):
    def read1(self, size: int, /) -> bytes: ...


class Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...
    def flush(self) -> None: ...


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "redact",
        help="standard input without its secrets: `tail -f app.log | switchback redact`",
        description="Copies standard input to standard output, line by line, with each secret replaced by "
        "[redacted]. A line leaves as soon as its end has come.",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        redact_stream(cast(Source, sys.stdin.buffer), sys.stdout.buffer)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it flushes at exit
        return _READER_GONE
    if failed := failures.take():
        print(f"switchback redact: {failed} lines could not be judged and are masked whole", file=sys.stderr)
    return 0


def redact_stream(source: Source, sink: Sink) -> None:
    """One line out for each line in, its end kept, and nothing held back but the beginning of a line."""
    redactor = Redactor()
    waiting = b""
    while piece := source.read1(_PIECE):
        whole, waiting = _split(waiting + piece)
        if whole:
            sink.write(_redacted(redactor, whole))
            sink.flush()
    if waiting:
        sink.write(_redacted(redactor, waiting))
        sink.flush()


def _redacted(redactor: Redactor, data: bytes) -> bytes:
    return redactor.feed(data.decode("utf-8", "replace")).encode("utf-8")


def _split(data: bytes) -> tuple[bytes, bytes]:
    """The lines that are complete, and the beginning of the next. A line without an end is cut where no secret is."""
    end = data.rfind(b"\n") + 1
    if not end and len(data) > _LONGEST_LINE:
        end = _place_to_cut(data)
    return data[:end], data[end:]


def _place_to_cut(data: bytes) -> int:
    """Before a key, or else between two words, where both parts say of themselves what they say together. Where there
    is no such place, between two letters."""
    start = max(0, len(data) - _SEARCHED)
    for pattern in (_BEFORE_A_KEY, _BETWEEN_WORDS):
        places = [found.end() + start for found in pattern.finditer(data[start : len(data) - _AROUND])]
        for place in places[: -_TRIED - 1 : -1]:
            if _is_safe(data, place):
                return place
    return _before_last_letter(data)


def _is_safe(data: bytes, place: int) -> bool:
    before, behind = (
        part.decode("utf-8", "ignore") for part in (data[place - _AROUND : place], data[place : place + _AROUND])
    )
    return redact(before) + redact(behind) == redact(before + behind)


def _before_last_letter(data: bytes) -> int:
    end = len(data) - 1
    while end and data[end] & 0xC0 == 0x80:  # inside a letter of several bytes
        end -= 1
    return end
