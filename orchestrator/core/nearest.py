"""Names somebody may have meant: for `did you mean`, and to list the names there are."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

_CLOSE = 0.6
_LONGEST = 64


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """All of `known`, each once, the likeliest first; letter case does not count, ties keep their order."""
    return [candidate for _, candidate in _ranked(name, known)]


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is close enough to be a slip of the hand, or None."""
    ranked = _ranked(name, known)
    return ranked[0][1] if ranked and ranked[0][0] >= _CLOSE else None


def _ranked(name: str, known: Iterable[str]) -> list[tuple[float, str]]:
    wanted = _folded(name)
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    ranked = []
    for candidate in dict.fromkeys(known):
        folded = _folded(candidate)
        matcher.set_seq1(folded)
        likeness = matcher.ratio()
        if wanted and (folded.startswith(wanted) or wanted.startswith(folded)):
            # Somebody who types the beginning of a name means it, however long the rest is.
            likeness = max(likeness, _CLOSE + likeness / 10)
        ranked.append((likeness, candidate))
    return sorted(ranked, key=lambda pair: -pair[0])


def _folded(name: str) -> str:
    return name[:_LONGEST].casefold().replace("_", "-")
