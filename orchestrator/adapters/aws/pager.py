"""Pages by SNS: e-mail, SMS, or whatever subscribes to the topic. It works while the chat does not."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.adapters.aws.clients import Clients, translated
from orchestrator.adapters.page_text import fit_subject, fit_text
from orchestrator.ports import Pager


class SnsPager(Pager):
    """Subject and text are made to fit what SNS takes: a page is never refused for its wording."""

    def __init__(self, clients: Clients, topic_arn: str) -> None:
        self._clients = clients
        self._topic_arn = topic_arn

    def page(self, subject: str, text: str, labels: Mapping[str, str] = {}) -> None:
        """`labels` become message attributes: a subscription's filter policy may ask for them."""
        line = fit_subject(subject)
        with translated("paging"):
            self._clients.sns.publish(
                TopicArn=self._topic_arn,
                Subject=line,
                Message=fit_text(text, line),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in labels.items() if value
                },
            )
