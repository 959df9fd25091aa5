"""The house: imports point one way, the core is pure, one module reads the settings, and the manual is whole."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from orchestrator.adapters.discord.commands import COMMANDS
from orchestrator.core.commands import ALERT_VERBS, FORWARD, TWO_PEOPLE, Verb
from orchestrator.core.plan_text.gates import KINDS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "orchestrator"
MODULES = sorted(PACKAGE.rglob("*.py"))
CORE = sorted((PACKAGE / "core").rglob("*.py"))
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PURE = {
    "__future__", "ast", "collections", "datetime", "decimal", "difflib", "functools", "hashlib",
    "zlib", "itertools", "json", "math", "re",
    "string", "types", "typing", "unicodedata", "msgspec", "yaml", "orchestrator", "zoneinfo", "base64", "binascii", "bisect",
    "enum", "fnmatch", "html", "urllib",
}  # fmt: skip
"""What the core may import at most: nothing here reads a clock, a file, the network or the environment."""


def imports(path: Path) -> Iterator[str]:
    """Absolute names of what a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_imports_point_one_way() -> None:
    """The contracts are in pyproject.toml."""
    program = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))"
    linted = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_core_is_pure(path: Path) -> None:
    foreign = {name.split(".")[0] for name in imports(path)} - PURE
    assert not foreign
    called = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "print", "input", "eval", "exec", "__import__"}


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_core_never_asks_for_the_time(path: Path) -> None:
    """A field named `now` is a time that was handed in; a call of that name asks for one."""
    calls = [node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    assert not {call.attr for call in calls if isinstance(call, ast.Attribute)} & {"now", "today", "utcnow"}


def test_only_the_composition_root_reads_the_settings() -> None:
    readers = {path.name for path in MODULES if any(name.startswith("orchestrator.settings") for name in imports(path))}
    assert readers == {"bootstrap.py"}


def test_nobody_else_reads_the_environment() -> None:
    """The sandbox sets it, before anything else is imported. Telemetry asks only whether it runs in Lambda at all."""
    readers = {
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if "os.environ" in (text := path.read_text(encoding="utf-8")) or "os.getenv" in text
    }
    known = {"settings.py", "cli/sandbox.py", "telemetry/metrics.py", "telemetry/xray.py"}
    assert {name for name in readers if not name.startswith("sandbox/")} <= known


def manual() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in DOCS if path.exists())


@pytest.mark.parametrize("path", [command.path for command in COMMANDS])
def test_every_slash_command_is_in_the_manual(path: str) -> None:
    first, _, rest = path.partition(" ")
    text = manual()
    assert f"/{path}" in text or (rest and f"/{first}" in text and f"`{rest}`" in text), (
        f"/{path} is nowhere in the docs"
    )


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_gate_is_in_the_manual(kind: str) -> None:
    assert f"`{kind}`" in (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")


def test_what_goes_back_never_waits_for_a_second_person_or_a_preview() -> None:
    back = {"rollback", "rollback_flag", "abort", "pause", "climb", "done", "hold_line"}
    assert not back & (FORWARD | TWO_PEOPLE)
    assert back | FORWARD | ALERT_VERBS | {"status", "logs"} == set(get_args(Verb))
    assert not ALERT_VERBS & (FORWARD | TWO_PEOPLE)
    assert TWO_PEOPLE <= FORWARD
