"""The ways in which logs write a quote, a percent sign and a colour: plain, escaped, encoded, and more than once."""

from __future__ import annotations

PERCENT = r"%(?:25){0,3}"
"""Behind it two digits: `%3D`, `%253D` where an address is encoded inside another, and so on."""
ESCAPE = r"(?:\x1b|\\{1,7}(?:u001[bB]|x1[bB]|033|e))"
COLOUR = rf"(?:{ESCAPE}\[[0-9;]{{0,12}}m){{0,3}}"
QUOTE = rf"(?:\\{{0,15}}[\"'`]|&quot;|&\#0?3[49];|&\#x2[27];|&apos;|{PERCENT}2[27]|\\{{1,7}}(?:u002[27]|x2[27]))"
"""As an opening or closing quote stands beside a key or a value."""
QUOTE_MARK = rf"\\*(?:[\"'`]|u002[27]|x2[27])|&quot;|&#0?3[49];|&#x2[27];|&apos;|{PERCENT}2[27]|\n"
"""What may end a quoted value: a quote of any kind, however deep, or the end of the line."""
