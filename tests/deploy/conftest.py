"""template.yaml as a dictionary. What needs the SAM translator is only collected where that is installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]

# `make lint-template` runs it in .venv-sam, which has the translator and nothing of the bot's.
collect_ignore = [] if importlib.util.find_spec("samtranslator") else ["test_translated.py"]


class TemplateLoader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref A` becomes {"Ref": "A"}, `!Sub x` {"Fn::Sub": "x"}."""


def _short_form(loader: TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


TemplateLoader.add_multi_constructor("!", _short_form)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    loaded = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Loader=TemplateLoader)
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="session")
def resources(template: dict[str, Any]) -> dict[str, Any]:
    found = template["Resources"]
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="session")
def functions(resources: dict[str, Any]) -> dict[str, Any]:
    """Logical id → properties, the alphabet's order."""
    return {
        name: resource["Properties"]
        for name, resource in sorted(resources.items())
        if resource["Type"] == "AWS::Serverless::Function"
    }


@pytest.fixture(scope="session")
def alarms(resources: dict[str, Any]) -> dict[str, Any]:
    return {n: r["Properties"] for n, r in resources.items() if r["Type"] == "AWS::CloudWatch::Alarm"}
