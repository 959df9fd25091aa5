"""The one DynamoDB table behind six ports: rollouts, plans, confirmations, traces, reports and alerts. docs/table.md
has the keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from orchestrator.adapters.aws.table.alerts import TableAlerts
from orchestrator.adapters.aws.table.confirmations import TableConfirmations
from orchestrator.adapters.aws.table.plans import TablePlans
from orchestrator.adapters.aws.table.reports import TableReports
from orchestrator.adapters.aws.table.rollouts import TableRollouts
from orchestrator.adapters.aws.table.schema import create_table
from orchestrator.adapters.aws.table.store import Store
from orchestrator.adapters.aws.table.traces import TableTraces
from orchestrator.ports import Alerts, Clock, Confirmations, Plans, Reports, Rollouts, Traces

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = [
    "Table",
    "TableAlerts",
    "TableConfirmations",
    "TablePlans",
    "TableReports",
    "TableRollouts",
    "TableTraces",
    "create_table",
]


class Table:
    """`client` is asked for the low-level client at each call (`lambda: clients.dynamodb`); making this makes
    none.

    `clock` dates what the outbox and the clean-up need. Safe to share between threads.
    """

    def __init__(self, client: Callable[[], DynamoDBClient], name: str, clock: Clock) -> None:
        store = Store(client, name, clock)
        self.rollouts: Rollouts = TableRollouts(store)
        self.plans: Plans = TablePlans(store)
        self.confirmations: Confirmations = TableConfirmations(store)
        self.traces: Traces = TableTraces(store)
        self.reports: Reports = TableReports(store)
        self.alerts: Alerts = TableAlerts(store)
