"""Probes and jobs, each kind of call in a module of its own. Only what the stack has opted in is ever called."""

from __future__ import annotations

from orchestrator.adapters.targets.functions import Functions
from orchestrator.adapters.targets.github import Workflows
from orchestrator.adapters.targets.https import HttpsChecks
from orchestrator.core.targets import AliasBack, Call, HttpsCheck, LambdaCall, Reported, WorkflowDispatch
from orchestrator.ports import Answer, SwitchbackError, Targets


class OptedIn(Targets):
    """The port `Targets` over Lambda, HTTPS and GitHub."""

    def __init__(self, functions: Functions, checks: HttpsChecks, workflows: Workflows) -> None:
        self._functions, self._checks, self._workflows = functions, checks, workflows

    def call(self, call: Call, *, plan: str, stage: str, run: str) -> Answer:
        try:
            return self._called(call, plan=plan, stage=stage, run=run)
        except SwitchbackError as problem:
            return Answer(result="error", line=str(problem))

    def _called(self, call: Call, *, plan: str, stage: str, run: str) -> Answer:
        match call:
            case LambdaCall():
                return self._functions.invoke(call, plan=plan, stage=stage, run=run)
            case AliasBack():
                return self._functions.alias_back(call, run=run)
            case HttpsCheck():
                return self._checks.check(call)
            case WorkflowDispatch():
                return self._workflows.dispatch(call, run=run)
            case Reported():
                return Answer(result="pass", later=True)


__all__ = ["Functions", "HttpsChecks", "OptedIn", "Workflows"]
