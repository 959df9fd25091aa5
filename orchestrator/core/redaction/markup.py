"""Keys and values in XML, HTML, property lists and Markdown: the key is an element, an attribute, or the cell before.

<password>…</password>      <property name="db.password">…</property>      <key>password</key><string>…</string>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.core.redaction.keys import Telling, judge
from orchestrator.core.redaction.rule import Match, Rule, Span, mixed, rule, says_something, telling_name
from orchestrator.core.redaction.values import is_plain_word, is_prose, looks_generated, says_nothing

_QUOTE = r"(?:\\{0,3}[\"']|\\{1,3}u002[27]|\\{1,3}x2[27]|&quot;|&\#3[49];)"
_SETTINGS = frozenset(["property", "entry", "param", "string", "setting", "add", "env", "attribute", "parameter"])


def _telling_attribute(found: Match) -> bool:
    """A plain word is a value in a file of settings; elsewhere it is what a reader sees."""
    return telling_name(found) and (found["tag"] in _SETTINGS or not is_plain_word(found["secret"]))


def _field_of_a_form(found: Match) -> bool:
    return says_something(found) if found["key"] is None else telling_name(found)


MARKUP: tuple[Rule, ...] = (
    rule(
        "",
        r"<(?:[\w\-]{1,20}:)?(?P<key>[\w.\-]{2,80})(?:[ \t][^<>\n]{0,200})?>[ \t]{0,4}(?:<[Vv]alue>)?(?:<!\[CDATA\[)?"
        r"(?P<secret>[^<>\n]{1,2048}?)(?:\]\]>)?[ \t]{0,4}</",
        telling_name,
        literals="</",
    ),
    rule("", r"&lt;(?P<key>[\w.\-]{2,80})&gt;(?P<secret>[^&\n]{1,1024})&lt;/", telling_name, literals="&lt;/"),
    rule(
        "",
        r"\\u003c(?P<key>[\w.\-]{2,80})\\u003e(?P<secret>[^\\\n]{1,1024})\\u003c/",
        telling_name,
        literals="\\u003c/",
    ),
    rule(
        "name key property",
        rf"<(?:[\w\-]{{1,20}}:)?(?P<tag>[\w.\-]{{1,40}})[ \t][^<>\n]{{0,120}}?(?<=[ \t])(?:name|key|property)={_QUOTE}"
        rf"(?P<key>[\w.\-:]{{2,80}}){_QUOTE}[^<>\n]{{0,120}}>[ \t]{{0,8}}(?:<value>)?(?:<!\[CDATA\[)?"
        r"(?P<secret>[^<>\n]{1,2048}?)(?:\]\]>)?[ \t]{0,4}</",
        _telling_attribute,
        needs="</",
    ),
    rule(
        "input",
        rf"(?:<|\\{{1,3}}(?:u003[cC]|x3[cC])|&lt;)input\b(?=[^<>\n]{{0,300}}?\b(?:type={_QUOTE}password|(?:name|id)={_QUOTE}(?P<key>[\w.\-\[\]]{{2,80}})))"
        rf"[^<>\n]{{0,300}}?[ \t]value={_QUOTE}(?P<secret>[^\"'\n\\]{{2,512}}?)(?=[\"'\\]|&quot;|&\#|$)",
        _field_of_a_form,
    ),
)

_CELLS = re.compile(
    r">[ \t]?(?P<key>[A-Za-z][\w .\-]{1,60}):?[ \t]?</(?P<tag>key|name|td|th|dt|b|strong|span|label|em|i|code)>:?"
    r"\s{0,40}(?:<[a-z]{1,10}(?:[ \t][^<>\n]{0,80})?>[ \t]{0,8}){0,2}"
    r"(?P<secret>[^\s<>]{4,4096})(?=[ \t]{0,8}(?:<|\n|$))"
)


def cell_spans(text: str) -> Iterator[Span]:
    """Values whose key stands in the element before, on the same line or the line above."""
    position = text.find("</")
    while position >= 0:
        start = text.rfind(">", max(0, position - 70), position)
        found = _CELLS.match(text, start) if start >= 0 else None
        position = text.find("</", position + 2)
        if found is None:
            continue
        value = found["secret"]
        telling = judge(found["key"])
        if telling is Telling.NO or says_nothing(value) or is_prose(value):
            continue
        sure = telling is Telling.YES and (found["tag"] in ("key", "name") or mixed(found))
        if sure or looks_generated(value):
            yield found.span("secret")
