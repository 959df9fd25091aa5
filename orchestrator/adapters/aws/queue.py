"""The command queue, on SQS."""

from __future__ import annotations

from orchestrator.adapters.aws.clients import Clients, translated
from orchestrator.core.work import Work, encode_work
from orchestrator.ports import Queue


class SqsQueue(Queue):
    """A standard queue. A body carries the interaction's token, so it is never in an error's text."""

    def __init__(self, clients: Clients, url: str) -> None:
        self._clients = clients
        self._url = url

    def send(self, work: Work) -> None:
        with translated("queueing work"):
            self._clients.sqs.send_message(QueueUrl=self._url, MessageBody=encode_work(work))

    def hand_back(self, receipt: str, seconds: int) -> None:
        with translated("handing a command back"):
            self._clients.sqs.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds
            )
