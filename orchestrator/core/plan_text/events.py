"""What a signal counts, reads or lists, by the rules of the source it comes from."""

from __future__ import annotations

from orchestrator.core.document import Node, Scalar
from orchestrator.core.plan_text import cloudwatch, logs, prometheus
from orchestrator.core.plan_text.reader import Found, Reader
from orchestrator.core.signals import LogQuery, PromQuery, Query


class SourceText:
    """The queries of one signal. What cannot be read is None, and its fault has been added."""

    def __init__(self, reader: Reader, name: Scalar, entries: Found, source: str) -> None:
        self.reader, self.name, self.entries, self.source = reader, name, entries, source
        self._groups = self._read_groups() if source == "logs" else None

    def _read_groups(self) -> tuple[str, ...] | None:
        if "groups" in self.entries:
            return logs.read_groups(self.reader, self.entries["groups"])
        if self.entries.lacks("groups"):
            wrong = f"{self.name.text} does not say where its logs are"
            self.reader.fault(self.name.line, wrong, "add groups: [/aws/lambda/shop]")
        return None

    def events(self, node: Node, what: str) -> tuple[Query | None, int]:
        """Something that is counted, and the seconds that its own text looks back, 0 for none."""
        if self.source == "prometheus":
            counted = prometheus.read_counter(self.reader, node, what)
            return (counted.query, counted.window) if counted else (None, 0)
        if self.source == "logs":
            selects = logs.read_filter(self.reader, node, what)
            return (LogQuery(groups=self._groups, query=selects) if selects and self._groups else None), 0
        return cloudwatch.read_query(self.reader, node, counts=True), 0

    def level(self, node: Node) -> Query | None:
        """One figure a minute."""
        if self.source == "prometheus":
            expression = prometheus.read_expression(self.reader, node, "a value", "max(queue_depth)")
            return PromQuery(expr=expression) if expression else None
        return cloudwatch.read_query(self.reader, node, counts=False)

    def members(self, node: Node) -> LogQuery | PromQuery | None:
        """The values that a label, or a field of the logs, has."""
        if self.entries.lacks("label"):
            what = "the label that is meant" if self.source == "prometheus" else "the field of the logs that is meant"
            self.reader.fault(self.name.line, f"the set {self.name.text} has no label", f"add label: NAME, {what}")
        rule = prometheus.LABEL if self.source == "prometheus" else logs.FIELD
        label = self.reader.name(self.entries["label"], rule, "label: NAME") if "label" in self.entries else None
        if self.source == "prometheus":
            expression = prometheus.read_expression(self.reader, node, "a set", "stage_validation_total")
            return PromQuery(expr=expression, label=label) if expression and label else None
        selects = logs.read_filter(self.reader, node, "a set")
        if not selects or not label or not self._groups:
            return None
        return LogQuery(groups=self._groups, query=selects, field=label)
