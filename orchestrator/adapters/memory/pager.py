"""Pages in memory."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.adapters.memory.faults import Faulty
from orchestrator.adapters.page_text import fit_subject, fit_text
from orchestrator.ports import Pager


class MemoryPager(Faulty, Pager):
    """`pages` holds (subject, text), oldest first, as SNS would deliver them."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: list[tuple[str, str]] = []

    def page(self, subject: str, text: str, labels: Mapping[str, str] = {}) -> None:
        self._maybe_fail()
        line = fit_subject(subject)
        self.pages.append((line, fit_text(text, line)))
