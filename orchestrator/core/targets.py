"""Targets: what a probe or a job calls. Each is an opt-in of the stack; a plan cannot name just anything."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class LambdaCall(Struct, frozen=True, kw_only=True, tag="lambda"):
    """A function of this account that carries the tag `switchback:target` = `allowed`. It answers
    `{"result": "pass" | "fail", "line": …, "numbers": {…}, "link": …}`; an error of its own is a fail."""

    function: str


class HttpsCheck(Struct, frozen=True, kw_only=True, tag="https"):
    """GET on a host of the stack's allow-list. Passes on `status`, and where given when the body contains `contains`
    within `within` milliseconds."""

    url: str
    status: int = 200
    contains: str = ""
    within: int = 5000


class WorkflowDispatch(Struct, frozen=True, kw_only=True, tag="workflow"):
    """A GitHub Actions workflow of a repository on the stack's allow-list."""

    repository: str
    workflow: str
    ref: str = "main"
    inputs: dict[str, str] = {}


class AliasBack(Struct, frozen=True, kw_only=True, tag="alias"):
    """A Lambda alias set back to the version before the one it points to; the function carries the tag."""

    function: str
    alias: str


class Reported(Struct, frozen=True, kw_only=True, tag="reported"):
    """Nothing is called: CI, a scheduled function or a person reports the result by an EventBridge event."""


Call = LambdaCall | HttpsCheck | WorkflowDispatch | AliasBack | Reported


class Target(Struct, frozen=True, kw_only=True):
    """A probe or job of a plan, by name."""

    name: str
    call: Call


Result = Literal["pass", "fail", "error"]


class Report(Struct, frozen=True, kw_only=True):
    """One run of a probe or job, or one result that CI reported. `at` is when it ended, epoch seconds.

    `run` makes a repeat harmless: the same run is one report. `error`: it could not be run; nothing is known.
    `numbers` are what it measured, `link` is where the whole of it is kept, `by` is who says so.
    """

    name: str
    at: int
    result: Result
    run: str = ""
    line: str = ""
    numbers: dict[str, float] = {}
    link: str = ""
    by: str = ""
