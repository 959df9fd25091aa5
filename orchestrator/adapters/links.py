"""Addresses of pages about a thing: the runbook, CloudWatch, a message in Discord."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from orchestrator.core.alerting.rules import rule_of
from orchestrator.ports import Links


class ConsoleLinks(Links):
    """`region` is asked for when a link is made. `runbook`: the address of RUNBOOK.md, `dashboard`: of a page of the
    team's own; empty for CloudWatch's."""

    def __init__(self, region: Callable[[], str], guild_id: str, *, runbook: str, dashboard: str) -> None:
        self._region, self._guild = region, guild_id
        self._runbook, self._dashboard = runbook, dashboard

    def runbook(self, rule: str) -> str:
        known = rule_of(rule)
        return f"{self._runbook}#{known.runbook}" if self._runbook and known else self._runbook

    def dashboard(self, alarm: str) -> str:
        region = self._region()
        console = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
        if alarm:
            return f"{console}#alarmsV2:alarm/{quote(alarm, safe='')}"
        return self._dashboard or f"{console}#alarmsV2:"

    def message(self, receiver: str, message: str) -> str:
        return f"https://discord.com/channels/{self._guild}/{message}" if "/" in message else ""
