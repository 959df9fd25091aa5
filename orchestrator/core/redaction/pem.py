r"""PEM blocks: every line of one is masked, in a file, in one JSON string with `\n` in it, behind the prefix of a log,
and where either end was cut off.

Works a line at a time, so that a stream and a whole text give the same result.
"""

from __future__ import annotations

import re

from orchestrator.core.redaction.mask import MASK

_MARKER = re.compile(r"-{4,5} ?(?P<edge>BEGIN|END) [A-Za-z0-9 ]{0,60}(?:-{4,5})?")
_PUBLIC = re.compile(r"-----(?:BEGIN|END) [A-Z0-9 ]{0,40}(?:PUBLIC KEY|CERTIFICATE(?: REQUEST)?|PARAMETERS|CRL)-----")
_BODY = re.compile(r"[A-Za-z0-9+/=\\ \t]*+")
_PAYLOAD = re.compile(r"[A-Za-z0-9+/]{16}")
_BODY_LINE = re.compile(
    r"[^A-Za-z0-9+/=]{0,80}[A-Za-z0-9+/]{24,4096}={0,2}[\"',\\nr +;)]{0,12}|[A-Za-z0-9+/]{2,64}={0,2}|=[A-Za-z0-9+/]{4}"
)
_PREFIXED_BODY = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,80}={0,2}[\"',]?$")
_HEADER_LINE = re.compile(r"(?:Proc-Type|DEK-Info|Version|Comment|Subject|Encryption|Hash|Charset): ?.{0,200}")
_QUOTED_LINE = re.compile(r"^[\"']+|(?:\\[nr])*[\"']?[ +;,)]*$")
_WORD = re.compile(r"[A-Z]?[a-z]{4,}")
_LAST_RUN = re.compile(r"(?<=\s)(?<![A-Za-z]:[ ])(?=[A-Za-z0-9]{0,64}[+/])[A-Za-z0-9+/]{64}$")
_LONE_LINE = re.compile(r"[A-Za-z0-9+/]{60,76}={0,2}|(?=[A-Za-z0-9]{0,60}[+/])[A-Za-z0-9+/]{40,76}={0,2}")
_CUT_LINE = re.compile(r"(?:\.\.\.|…|truncated|omitted|skipped).{0,20}\s(?P<run>[A-Za-z0-9+/]{24,76}={0,2})$")
_LAST_LINE = re.compile(r"[A-Za-z0-9+/]{40,76}={0,2}|[A-Za-z0-9+/]{2,76}={1,2}")
_CLOSERS = "\r\n \"'+;,)"


class PemBlocks:
    """Feeds on text in pieces of whole lines, one after the other, and remembers whether it is inside a block."""

    def __init__(self) -> None:
        self.inside = False
        self._after_lone_line = False  # inside a block, perhaps: its BEGIN was not seen
        self._prefix = ""  # what stood before BEGIN, as in `web_1  | -----BEGIN …`

    def feed(self, text: str) -> str:
        """The text without PEM material, as many lines as before."""
        if "\n" not in text:
            return self._line(text)
        if not self.inside and not self._after_lone_line and "----" not in text and not _may_hold_a_lone_line(text):
            return text
        return "\n".join(map(self._line, text.split("\n")))

    def _line(self, line: str) -> str:
        if line.endswith("\r"):
            return self._line(line[:-1]) + "\r"
        if "----" in line and _MARKER.search(line):
            if _PUBLIC.fullmatch(line.strip()):
                self.inside, self._prefix = "BEGIN" in line, ""
                return line
            return self._with_markers(line)
        if self.inside and (masked := self._in_block(line)) is not None:
            return masked
        if not line and self._after_lone_line:  # the end of a piece
            return line
        return self._lone_line(line)

    def _in_block(self, line: str) -> str | None:
        """The masked line, or None where the block has ended without an END."""
        before = line[: len(self._prefix)]
        bare = _QUOTED_LINE.sub("", line[len(before) :].strip())
        if not bare:
            return line
        plain = _WORD.fullmatch(bare)
        if not plain and (_BODY_LINE.fullmatch(bare) or _HEADER_LINE.fullmatch(bare)):
            return before + MASK
        if _PREFIXED_BODY.search(line.rstrip()):
            return _PREFIXED_BODY.sub(MASK, line.rstrip())
        self.inside = False
        return None

    def _lone_line(self, line: str) -> str:
        """A line of a block that was cut at both ends: base64 of something binary, and nothing else."""
        bare = line.strip()
        if len(bare) >= 40 and _LONE_LINE.fullmatch(bare) and _is_binary(bare):
            self._after_lone_line = True
            return MASK
        if self._after_lone_line and _LAST_LINE.fullmatch(bare):
            return MASK
        self._after_lone_line = False
        if len(bare) > 24 and (cut := _CUT_LINE.search(bare)) and _is_binary(cut["run"]):
            self._after_lone_line = True
            return line.replace(cut["run"], MASK)
        if len(bare) > 64 and (found := _LAST_RUN.search(bare)) and _is_binary(found[0]):
            return line.replace(found[0], MASK)
        return line

    def _with_markers(self, line: str) -> str:
        out: list[str] = []
        position = 0
        begun: re.Match[str] | None = None
        for marker in _MARKER.finditer(line):
            between = line[position : marker.start()]
            if begun is not None:
                if marker["edge"] == "END" and _PAYLOAD.search(between):
                    out.append(MASK)
                else:
                    out += [_cut_block(begun[0], between)[0], marker[0] if marker["edge"] == "END" else ""]
            elif marker["edge"] == "BEGIN":
                out.append(between)
            else:
                out.append(self._tail_of_block(between, marker[0]))
            begun = marker if marker["edge"] == "BEGIN" else None
            self.inside = self._after_lone_line = False
            position = marker.end()
        if begun is not None:
            masked, self.inside = _cut_block(begun[0], line[position:])
            self._prefix = line[: begun.start()] if not masked[len(MASK) :].strip(_CLOSERS) else ""
            out.append(masked)
        else:
            out.append(line[position:])
        return "".join(out)

    def _tail_of_block(self, between: str, marker: str) -> str:
        payload = _PAYLOAD.search(between)
        if payload:
            return between[: payload.start()] + MASK
        return between + (MASK if self.inside or self._after_lone_line else marker)


def _may_hold_a_lone_line(text: str) -> bool:
    return any(len(line) >= 40 and " " not in line[-38:-2] for line in text.split("\n"))


def _cut_block(marker: str, rest: str) -> tuple[str, bool]:
    """A BEGIN whose END is not on its line: the masked text, and whether the block goes on in the next line."""
    found = _BODY.match(rest)
    end = found.end() if found else 0
    payload = _PAYLOAD.search(rest, 0, end)
    if end >= len(rest.rstrip(_CLOSERS)) and (payload or len(rest.strip()) < 8):
        return MASK + rest[end:], True
    if payload:
        return MASK + rest[end:], False
    return marker + rest, False


def _is_binary(run: str) -> bool:
    """Base64 of something binary mixes cases and digits; a digest in hexadecimal or a path does not."""
    return any(c.isupper() for c in run) and any(c.islower() for c in run) and any(c.isdigit() for c in run)
