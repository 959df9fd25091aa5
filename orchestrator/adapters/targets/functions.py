"""Lambda functions as probes and jobs, and an alias set back to the version before.

A function takes part by its tag: an IAM policy could be wider than was meant, so the tag is read before each call.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import Struct

from orchestrator.adapters.aws.clients import Clients, RefusedByAws, translated
from orchestrator.core.targets import AliasBack, LambdaCall
from orchestrator.ports import Answer, Refused

TAG, ALLOWED = "switchback:target", "allowed"
LARGEST = 64 * 1024
"""Bytes of an answer that are read."""


class _Said(Struct):
    result: str = ""
    line: str = ""
    numbers: dict[str, float] = {}
    link: str = ""


class Functions:
    def __init__(self, clients: Clients, environment: str) -> None:
        self._clients, self._environment = clients, environment

    def invoke(self, call: LambdaCall, *, plan: str, stage: str, run: str) -> Answer:
        """Runs the function and waits for what it returns. Its own error is a fail: it was run, and did not pass.

        Raises Unavailable, Refused.
        """
        self._require_tag(call.function)
        asked = {"switchback": {"plan": plan, "stage": stage, "run": run, "environment": self._environment}}
        with translated(f"running {call.function}"):
            answer = self._clients.functions.invoke(
                FunctionName=call.function, InvocationType="RequestResponse", Payload=json.dumps(asked).encode()
            )
            body = answer["Payload"].read(LARGEST + 1)
        if answer.get("FunctionError"):
            return Answer(result="fail", line=f"{call.function} ended with an error of its own")
        return _read(call.function, body)

    def alias_back(self, call: AliasBack, *, run: str) -> Answer:
        """The alias to the newest version before the one it points to. The same run again changes nothing more: the
        alias's description says which run moved it. Raises Unavailable, Refused."""
        self._require_tag(call.function)
        client = self._clients.functions
        with translated(f"reading the alias {call.function}:{call.alias}"):
            alias = client.get_alias(FunctionName=call.function, Name=call.alias)
            versions = self._versions(call.function)
        now, mark = alias["FunctionVersion"], f"Set back by Switchback, {run}"[:256]
        if alias.get("Description") == mark:
            return Answer(result="pass", line=f"{call.function}:{call.alias} is at version {now} already")
        earlier = [version for version in versions if now.isdigit() and version < int(now)]
        if not earlier:
            raise Refused(f"{call.function}:{call.alias} points to {now}, and there is no version before it")
        with translated(f"setting back the alias {call.function}:{call.alias}"):
            client.update_alias(
                FunctionName=call.function,
                Name=call.alias,
                FunctionVersion=str(max(earlier)),
                Description=mark,
                RoutingConfig={"AdditionalVersionWeights": {}},
                RevisionId=alias["RevisionId"],
            )
        return Answer(
            result="pass",
            line=f"{call.function}:{call.alias} went from version {now} to {max(earlier)}",
            numbers={"from": float(now), "to": float(max(earlier))},
        )

    def _versions(self, function: str) -> list[int]:
        pages = self._clients.functions.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        return [int(v["Version"]) for page in pages for v in page["Versions"] if v["Version"].isdigit()]

    def _require_tag(self, function: str) -> None:
        try:
            with translated(f"reading the tags of {function}"):
                found = self._clients.functions.get_function(FunctionName=function)
        except RefusedByAws as problem:
            if problem.code == "ResourceNotFoundException":
                raise Refused(f"there is no Lambda function {function} in this account and region") from None
            raise
        tags: dict[str, Any] = found.get("Tags", {})
        if tags.get(TAG) != ALLOWED:
            raise Refused(f"{function} has not opted in; give it the tag {TAG} = {ALLOWED}")


def _read(function: str, body: bytes) -> Answer:
    if len(body) > LARGEST:
        return Answer(result="error", line=f"{function} answered with more than 64 KiB")
    try:
        said = msgspec.json.decode(body, type=_Said)
    except (msgspec.MsgspecError, UnicodeError):
        said = _Said()
    if said.result not in ("pass", "fail"):
        return Answer(result="error", line=f'{function} answered without "result": "pass" or "fail"')
    passed = said.result == "pass"
    return Answer(result="pass" if passed else "fail", line=said.line, numbers=said.numbers, link=said.link)
