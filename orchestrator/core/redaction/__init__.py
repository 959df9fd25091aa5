"""Secrets out of text and events, ordinary ids and prose kept.

Four passes over a line: PEM blocks (`pem`), tokens known by how they begin (`tokens`, a table), secrets known
by their form or by the words around them (`rules`, a table), and values beside a telling key (`pairs`, with
`keys` judging the key and `values` the value). Each is linear in the length of the text: no
pattern starts at a place from which an earlier one has already looked on, and every repeat is possessive or bounded.
"""

from __future__ import annotations

from orchestrator.core.redaction.event import redact_event
from orchestrator.core.redaction.text import MASK, redact, redact_lines

__all__ = ["MASK", "redact", "redact_event", "redact_lines"]
