"""Signals as conditions and gates refer to them: by name, and of a kind that can be looked at."""

from __future__ import annotations

from types import UnionType

from orchestrator.core.document import Scalar
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.reader import Found, Reader
from orchestrator.core.signals import Signal


def read_signal(
    reader: Reader, entries: Found, contents: Contents, key: str = "signal"
) -> tuple[Scalar | None, Signal | None]:
    """The name given, and the signal of that name if there is one that could be read."""
    name = reader.scalar(entries[key], key, f"{key}: NAME") if key in entries else None
    if name is None or not reader.known(name, "signal", contents.signals):
        return name, None
    return name, contents.signals[name.text]


def named_signal(
    reader: Reader, entries: Found, contents: Contents, fits: type | UnionType, key: str, right: str
) -> str | None:
    """The signal's name, when it is of a kind that the gate can look at."""
    name, signal = read_signal(reader, entries, contents)
    if name is None or signal is None:
        return None
    if not isinstance(signal, fits):
        reader.fault(entries[key].line if key in entries else name.line, f"{key} does not fit {name.text}", right)
        return None
    return name.text


def other_signal(reader: Reader, entries: Found, key: str, name: str | None, contents: Contents) -> str | None:
    """The other signal of a comparison: not the same one, but of the same kind."""
    scalar, signal = read_signal(reader, entries, contents, key)
    own = contents.signals.get(name) if name is not None else None
    if scalar is None or signal is None or own is None:
        return None
    if scalar.text == name:
        reader.fault(scalar.line, f"{name} is compared with itself", f"name another signal in {key}:")
        return None
    if type(signal) is not type(own):
        wrong = f"{name} is a {_kind(own)} and {scalar.text} a {_kind(signal)}"
        reader.fault(scalar.line, wrong, "compare two of the same kind")
        return None
    return scalar.text


def _kind(signal: Signal) -> str:
    return str(type(signal).__struct_config__.tag)
