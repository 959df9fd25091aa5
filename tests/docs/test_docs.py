"""The documentation says what is there: links, files, settings, commands, alarms, and what shell blocks call."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from botocore import xform_name

from orchestrator.adapters.discord.commands import BY_PATH
from orchestrator.cli import main
from orchestrator.core.access import RIGHTS
from orchestrator.core.plan import Plan
from orchestrator.core.plan_text import read_plan
from orchestrator.settings import ENVIRONMENT_NAMES

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PAGE_IDS = [str(page.relative_to(ROOT)) for page in PAGES]
RUNBOOK = (ROOT / "RUNBOOK.md").read_text(encoding="utf-8")

FENCE = re.compile(r"^( *)```(\S*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)

MADE_ON_THE_WAY = {"commands.json", "items.json", "report.json", "scenario.yaml"}
"""Files that a reader makes by following the page."""


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, *languages: str) -> list[str]:
    return [body for _, language, body in FENCE.findall(text_of(page)) if language in languages]


def prose(page: Path) -> str:
    return FENCE.sub("", text_of(page))


def codes(page: Path) -> list[str]:
    return CODE.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """As GitHub makes them from headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(prose(page))}


def template() -> dict[str, Any]:
    class Loader(yaml.SafeLoader):
        pass

    def short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return loader.construct_scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        assert isinstance(node, yaml.MappingNode)
        return loader.construct_mapping(node, deep=True)

    Loader.add_multi_constructor("!", short_form)
    loaded = yaml.load(text_of(ROOT / "template.yaml"), Loader=Loader)
    assert isinstance(loaded, dict)
    return loaded


def of_type(kind: str) -> dict[str, Any]:
    return {name: r["Properties"] for name, r in template()["Resources"].items() if r["Type"] == kind}


# -- links and files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_every_relative_link_and_anchor_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+://", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if target.suffix == ".png":
            tests = "".join(text_of(test) for test in (ROOT / "tests" / "browser").glob("*.py"))
            assert target.exists() or target.name in tests, f"{link}: no browser test writes it"
            continue
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), f"{link}: there is no such heading"


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = re.compile(
        r"(?!/)[\w.-]*[\w-]\.(py|yaml|toml|mk|md|json|txt)|(?!/)(orchestrator|tests|docs|plans|layers)(/[\w.-]+)+/?"
    )
    for code in codes(page):
        if named.fullmatch(code) and code not in MADE_ON_THE_WAY:
            near = [ROOT / code, page.parent / code, ROOT / "orchestrator/adapters/aws/table" / code]
            assert any(path.exists() for path in near), f"{code} is not there"


def test_every_section_of_the_runbook_that_the_bot_names_is_there() -> None:
    said = re.compile(r"RUNBOOK\.md, “([^”]+)”")
    named = {section for file in (ROOT / "orchestrator").rglob("*.py") for section in said.findall(text_of(file))}
    assert named
    assert named <= set(HEADING.findall(RUNBOOK))


def test_every_decision_is_listed_and_says_context_decision_and_consequences() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [file.name[:4] for file in decisions] == [f"{n:04}" for n in range(1, len(decisions) + 1)]
    listed = text_of(ROOT / "docs" / "architecture.md")
    for file in decisions:
        title, *parts = HEADING.findall(text_of(file))
        assert [part for part in parts if part != "Measured"] == ["Context", "Decision", "Consequences"], file.name
        assert f"[{title}](decisions/{file.name})" in listed


# -- settings, make, commands ----------------------------------------------------------------------------------------


def test_every_setting_is_documented() -> None:
    known = {code for page in PAGES for code in codes(page)}
    assert set(ENVIRONMENT_NAMES) <= known


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_every_variable_that_is_named_is_a_setting_or_a_flag_of_a_plan(page: Path) -> None:
    flags = {spec.name for plan in plans_here() for spec in plan.flags}
    examples = set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", "".join(blocks(page, "yaml", "sh"))))
    elsewhere = {"INSUFFICIENT_DATA", "AWS_REGION", "LEGACY_SETTLEMENT", "OLD_CHECKOUT"}
    for code in codes(page):
        if re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", code):
            assert code in {*ENVIRONMENT_NAMES, *flags, *examples, *elsewhere}, code


def plans_here() -> list[Plan]:
    found = [read_plan(file.read_bytes()) for file in (ROOT / "plans").glob("*.yaml")]
    assert all(isinstance(plan, Plan) for plan in found)
    return [plan for plan in found if isinstance(plan, Plan)]


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    rules = text_of(ROOT / "Makefile") + text_of(ROOT / "build.mk")
    targets = set(re.findall(r"^([a-z][a-z-]*):", rules, re.MULTILINE))
    used = [*codes(page), *"".join(blocks(page, "sh")).splitlines()]
    for line in used:
        for target in re.findall(r"(?:^|&& *)\s*make ([a-z-]+)", line):
            assert target in targets, f"make {target}"


def test_the_readme_names_every_slash_command() -> None:
    named = {code.removeprefix("/") for code in codes(ROOT / "README.md") if code.startswith("/")}
    assert set(BY_PATH) <= named


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_every_slash_command_that_is_named_exists_with_its_options(page: Path) -> None:
    indented = re.findall(r"^ {4}(/[a-z].*)$", prose(page), re.MULTILINE)
    groups = {path.split()[0] for path in BY_PATH}
    for code in [*codes(page), *indented]:
        words = code.split()
        if not re.fullmatch(r"/[a-z][a-z-]*", words[0]):
            continue
        first = words[0][1:]
        path = next((p for p in (" ".join([first, *words[1:2]]), first) if p in BY_PATH), "")
        assert path or (words[1:] == [] and first in groups), f"{code}: there is no such command"
        for option in re.findall(r"\b([a-z]+):", code):
            assert path, f"{code}: {first} alone takes no options"
            assert BY_PATH[path].option(option) is not None, f"{code}: no option {option}"


@cache
def help_of(*words: str) -> str:
    """What `switchback WORDS --help` prints; empty where there is no such command."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        try:
            main([*words, "--help"])
        except SystemExit as end:
            return said.getvalue() if not end.code else ""
    return ""


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_every_terminal_command_that_is_named_exists_with_its_options(page: Path) -> None:
    lines = [*codes(page), *(line.strip() for block in blocks(page, "sh", "text") for line in block.splitlines())]
    for line in lines:
        found = re.match(r"(?:\.venv/bin/)?switchback (?=[a-z])(.*)", line)
        if found is None:
            continue
        words = shlex.split(found[1])
        names = words[0].split("|") if words[0] != "plan" else [words[0]]
        for name in names:
            path = [name, *words[1:2]] if name == "plan" else [name]
            said = help_of(*path)
            assert said, f"{line}: there is no such command"
            for option in [word for word in words if word.startswith("--")]:
                assert option in said, f"{line}: no option {option}"


def test_every_right_of_the_access_policy_is_explained() -> None:
    page = ROOT / "docs" / "discord.md"
    assert set(RIGHTS) <= set(re.findall(r"^\| `([^`]+)` \|", text_of(page), re.MULTILINE))


def test_every_make_target_of_the_contract_is_in_the_readme() -> None:
    readme = text_of(ROOT / "README.md")
    for target in ("sandbox", "test", "check", "build", "browser", "bench"):
        assert f"make {target}" in readme, target


# -- the stack -------------------------------------------------------------------------------------------------------


def test_the_runbook_has_a_section_for_every_alarm_and_for_no_other() -> None:
    names = {
        alarm["AlarmName"].removeprefix("${AppName}-${Environment}-")
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
    }
    section = RUNBOOK.partition("\n## Alarms\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^### (.+)$", section, re.MULTILINE)) == names


def test_the_runbook_names_every_queue_in_which_something_can_end() -> None:
    queues = of_type("AWS::SQS::Queue")
    ends = {
        str(q["RedrivePolicy"]["deadLetterTargetArn"]).split(".")[0] for q in queues.values() if "RedrivePolicy" in q
    }
    for function in of_type("AWS::Serverless::Function").values():
        destination = (
            function.get("EventInvokeConfig", {}).get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        )
        ends |= {str(destination).split(".")[0]} if destination else set()
    assert ends <= set(queues)
    section = RUNBOOK.partition("\n## Dead letters\n")[2].partition("\n## ")[0]
    assert {name for name in CODE.findall(section) if name in queues} == ends


def test_every_parameter_of_the_stack_is_documented_and_outputs_are_spelt_right() -> None:
    page = ROOT / "docs" / "deploy.md"
    stack = template()
    documented = re.findall(r"^\| `([A-Z]\w+)` \|", text_of(page), re.MULTILINE)
    assert set(documented) == set(stack["Parameters"])
    for name in ("InteractionsUrl", "AlarmsFunctionArn", "AlertTopicArn"):
        assert name in stack["Outputs"]
        assert f"`{name}`" in text_of(page)


# -- what is shown can be run ----------------------------------------------------------------------------------------

PROGRAMS = {
    "aws",
    "curl",
    "git",
    "jq",
    "make",
    "read",
    "while",
    "do",
    "done",
    ".venv/bin/python",
    ".venv/bin/switchback",
    ".venv-sam/bin/sam",
}
ONLY_IN_THE_CLI = {("logs", "tail"): {"--since", "--follow"}, ("dynamodb", "wait"): {"--table-name"}}
EVERYWHERE = {"--query", "--output", "--region", "--profile"}


def commands_in(page: Path) -> Iterator[list[str]]:
    """Each command of the shell blocks as words, pipes and loops taken apart."""
    for block in blocks(page, "sh"):
        for line in block.splitlines():
            lexer = shlex.shlex(line.strip(), posix=True, punctuation_chars=";|&><")
            lexer.whitespace_split = True
            words: list[str] = []
            for word in [*lexer, ";"]:
                if word in (";", "|", "||", "&&"):
                    if words:
                        yield words
                    words = []
                elif words == ["do"]:
                    words = [word]
                else:
                    words.append(word)


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_every_command_of_a_shell_block_is_a_program_that_readers_have(page: Path) -> None:
    for words in commands_in(page):
        assert words[0] in PROGRAMS, " ".join(words)
        if words[0] == ".venv-sam/bin/sam" and "--config-env" in words:
            wanted = words[words.index("--config-env") + 1]
            assert wanted in tomllib.loads(text_of(ROOT / "samconfig.toml"))


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_every_call_of_the_aws_cli_exists_with_its_options(page: Path) -> None:
    calls = [words for words in commands_in(page) if words[0] == "aws"]
    calls += [shlex.split(code) for code in codes(page) if re.match(r"aws [a-z]+ [a-z]", code)]
    for words in calls:
        service, operation = words[1:3]
        given = {word for word in words[3:] if word.startswith("--")} - EVERYWHERE
        if (service, operation) in ONLY_IN_THE_CLI:
            assert given <= ONLY_IN_THE_CLI[service, operation], words
            continue
        known = options_of(service, operation)
        assert given <= known, f"{words}: unknown {given - known}"


@cache
def options_of(service: str, operation: str) -> set[str]:
    session = botocore.session.get_session()
    model = session.get_service_model({"deploy": "codedeploy"}.get(service, service))
    shapes = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in shapes, f"aws {service} {operation} does not exist"
    shape = model.operation_model(shapes[operation]).input_shape
    members = shape.members if shape is not None else {}
    return {"--" + xform_name(name, "-") for name in members}


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_no_page_tells_people_to_type_a_secret_on_a_command_line(page: Path) -> None:
    for words in commands_in(page):
        if "SecureString" in words:
            assert words[words.index("--value") + 1] == "$TOKEN"


def test_the_readmes_safeguards_are_good_and_bind_what_its_commands_name() -> None:
    (text,) = blocks(ROOT / "README.md", "yaml")
    plan = read_plan(text.encode())
    assert isinstance(plan, Plan)
    shell = "".join(blocks(ROOT / "README.md", "sh"))
    assert set(plan.alarms()) == {"checkout-errors"}
    assert f"--alarm-name {plan.alarms()[0]} " in shell
    assert f"/flags/{plan.flags[0].name} " in shell
