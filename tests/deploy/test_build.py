"""What goes into the artefacts: the layer's lock, and the package less what only people and laptops run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\]+?))? \\$")
HASH = re.compile(r"^    --hash=(sha256:[0-9a-f]{64})(?: \\)?$")


def lock(path: Path) -> dict[tuple[str, str], set[str]]:
    """(name, version) → hashes. A line that is neither pin, hash nor comment is an error."""
    pins: dict[tuple[str, str], set[str]] = {}
    current: set[str] = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        if pin := PIN.match(line):
            current = pins.setdefault((pin["name"], pin["version"]), set())
        elif found := HASH.match(line):
            current.add(found[1])
        else:
            assert not line.strip() or line.lstrip().startswith("#"), f"{path.name}: {line}"
    return pins


def test_the_layer_is_a_part_of_the_lock_with_the_same_hashes(root: Path) -> None:
    layer = lock(root / "layers/dependencies/requirements.txt")
    runtime = lock(root / "requirements/runtime.txt")
    assert {pin: hashes for pin, hashes in layer.items() if runtime.get(pin) != hashes} == {}
    assert all(layer.values()), "a pin without a hash"


def test_everything_the_runtime_asks_for_is_in_the_layer(root: Path) -> None:
    asked = {
        line.lower().split("[")[0] if "[" in line.split("==")[0] else line.lower().split("==")[0]
        for line in (root / "requirements/runtime.in").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "-"))
    }
    have = {name for name, _ in lock(root / "layers/dependencies/requirements.txt")}
    assert asked <= have
    assert "botocore" in have, "the runtime's own copy is not the one that was tested"


@pytest.mark.parametrize("path", ["layers/dependencies/requirements.txt", "requirements/sam.txt"])
def test_a_lock_names_no_machine_and_no_index(root: Path, path: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert not re.search(r"--index-url|--extra-index-url|--find-links|https?://|file:|/(home|root|opt|tmp|work)/", text)
    assert lock(root / path)


def test_a_function_gets_the_package_less_the_sandbox_and_the_terminal(root: Path, tmp_path: Path) -> None:
    subprocess.run(
        [
            "make",
            "--silent",
            "-C",
            str(root / "orchestrator"),
            "build-TickFunction",
            f"ARTIFACTS_DIR={tmp_path}",
        ],
        check=True,
        timeout=60,
    )
    package = tmp_path / "orchestrator"
    built = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    source = {
        str(path.relative_to(root / "orchestrator"))
        for path in (root / "orchestrator").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    left_out = {path for path in source if path.split("/")[0] in ("sandbox", "cli", "Makefile")}
    assert [path.name for path in tmp_path.iterdir()] == ["orchestrator"]
    assert built == source - left_out
    assert {"access.yaml", "alerts.yaml"} <= built
