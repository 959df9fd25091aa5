"""Secrets out of text and events, ordinary ids and prose kept.

Four passes over a text: PEM blocks (`pem`), secrets known by their form (`forms`, with the table in `tokens`), those
that the words around them give away (`contexts`: `urls`, `headers`, `markup`, `commands`, `arguments`, `calls`,
`words`), and values beside a telling key (`pairs`, in `columns`, and `across` lines, with `keys` judging the key and
`values` the value). Each is linear in the length
of the text: no pattern starts at a place from which an earlier one has already looked on, and every repeat is
possessive or bounded.

Where the redactor itself fails, the line or field is masked whole, and `failures` counts it.
"""

from __future__ import annotations

from orchestrator.core.redaction.event import redact_event
from orchestrator.core.redaction.failures import failures
from orchestrator.core.redaction.text import MASK, Redactor, redact, redact_lines

__all__ = ["MASK", "Redactor", "failures", "redact", "redact_event", "redact_lines"]
