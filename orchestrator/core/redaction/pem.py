r"""PEM blocks: every line of one is masked, in a file, in one JSON string with `\n` in it, and where either
end was cut off.

Works a line at a time, so that a stream and a whole text give the same result.
"""

from __future__ import annotations

import re

from orchestrator.core.redaction.mask import MASK

_MARKER = re.compile(r"-{4,5} ?(?P<edge>BEGIN|END) [A-Z0-9 ]{0,60}(?:-{4,5})?")
_BODY = re.compile(r"[A-Za-z0-9+/=\\ \t]*+")
_PAYLOAD = re.compile(r"[A-Za-z0-9+/]{16}")
_BODY_LINE = re.compile(
    r"[^A-Za-z0-9+/=]{0,80}[A-Za-z0-9+/]{24,4096}={0,2}[\"',\\nr ]{0,8}|[A-Za-z0-9+/]{2,64}={0,2}|"
    r"=[A-Za-z0-9+/]{4}"
)
_PREFIXED_BODY = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,80}={0,2}[\"',]?$")
_HEADER_LINE = re.compile(r"(?:Proc-Type|DEK-Info|Version|Comment|Subject|Encryption|Hash|Charset): ?.{0,200}")
_LAST_RUN = re.compile(r"(?<=\s)(?=[A-Za-z0-9]{0,64}[+/])[A-Za-z0-9+/]{64}$")
_LONE_LINE = re.compile(r"[A-Za-z0-9+/]{60,76}={0,2}")


class PemBlocks:
    """Feeds on lines, one after the other, and remembers whether it is inside a block."""

    def __init__(self) -> None:
        self._inside = False

    def line(self, line: str) -> str:
        """The line without PEM material; `line` holds no line end."""
        if "----" in line and _MARKER.search(line):
            return self._with_markers(line)
        bare = line.strip()
        if self._inside:
            if not bare:
                return line
            if _BODY_LINE.fullmatch(bare) or _HEADER_LINE.fullmatch(bare):
                return MASK
            if _PREFIXED_BODY.search(bare):
                return _PREFIXED_BODY.sub(MASK, line.rstrip())
            self._inside = False
        if len(bare) >= 60 and _LONE_LINE.fullmatch(bare) and _is_binary(bare):  # a block cut at both ends
            return MASK
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
            self._inside = False
            position = marker.end()
        if begun is not None:
            masked, self._inside = _cut_block(begun[0], line[position:])
            out.append(masked)
        else:
            out.append(line[position:])
        return "".join(out)

    def _tail_of_block(self, between: str, marker: str) -> str:
        payload = _PAYLOAD.search(between)
        if payload:
            return between[: payload.start()] + MASK
        return between + (MASK if self._inside else marker)


def _cut_block(marker: str, rest: str) -> tuple[str, bool]:
    """A BEGIN whose END is not on its line: the masked text, and whether the block goes on in the next line."""
    found = _BODY.match(rest)
    end = found.end() if found else 0
    if end >= len(rest.rstrip("\r\n \"',")):
        return MASK + rest[end:], True
    if _PAYLOAD.search(rest, 0, end):
        return MASK + rest[end:], False
    return marker + rest, False


def _is_binary(run: str) -> bool:
    """Base64 of something binary mixes cases and digits; a digest in hexadecimal or a path does not."""
    return any(c.isupper() for c in run) and any(c.islower() for c in run) and any(c.isdigit() for c in run)
