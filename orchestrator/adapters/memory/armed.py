"""Armed safeguards in memory."""

from __future__ import annotations

from orchestrator.adapters.binding_text import decode_binding, encode_binding
from orchestrator.adapters.memory.faults import Faulty
from orchestrator.ports import Armed, Binding


class MemoryArmed(Faulty, Armed):
    """Keeps the same text that SSM would hold."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: dict[tuple[str, str], str] = {}

    def arm(self, alarm: str, binding: Binding) -> None:
        text = encode_binding(alarm, binding)
        self._maybe_fail()
        self._texts[alarm, binding.owner] = text

    def disarm(self, alarm: str, owner: str) -> None:
        self._maybe_fail()
        self._texts.pop((alarm, owner), None)

    def bindings(self, alarm: str) -> list[Binding]:
        self._maybe_fail()
        found = [decode_binding(text, alarm) for (name, _), text in sorted(self._texts.items()) if name == alarm]
        return [binding for binding in found if binding is not None]
