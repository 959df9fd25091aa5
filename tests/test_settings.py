"""Settings: every variable that is missing or malformed is named, all at once, and none of their values is repeated."""

from __future__ import annotations

import json

import pytest

from orchestrator.settings import (
    ENVIRONMENT_NAMES,
    Settings,
    SettingsError,
    read_settings,
    read_stored_settings,
)

GOOD = {
    "DISCORD_PUBLIC_KEY": "8f" * 32,
    "DISCORD_APPLICATION_ID": "200000000000000001",
    "DISCORD_GUILD_ID": "200000000000000002",
    "DISCORD_OPS_CHANNEL_ID": "200000000000000003",
    "DISCORD_ALERT_CHANNEL_ID": "200000000000000004",
    "DISCORD_ROLES": '{"engineering": "200000000000000011", "ops": "200000000000000012"}',
    "TABLE_NAME": "switchback-dev",
    "COMMAND_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/switchback-dev-commands",
    "BOT_TOKEN_PARAMETER": "/switchback/dev/bot-token",
    "ALERT_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:switchback-dev-alerts",
    "APP_NAME": "switchback",
    "ENVIRONMENT": "dev",
    "ENABLE_JSON_LOGGING": "true",
    "ENABLE_DEBUG_CMD": "false",
    "ENABLE_ALERTS": "TRUE",
    "PROMETHEUS_URL": "https://prometheus.example.com/shop/",
    "PROMETHEUS_AUTH": "/switchback/dev/prometheus",
    "PROMETHEUS_REGION": "eu-central-1",
    "TARGET_HOSTS": "shop.example.com, api.example.com",
    "GITHUB_REPOSITORIES": "acme/shop",
    "GITHUB_TOKEN_PARAMETER": "/switchback/dev/github",
    "RUNBOOK_URL": "https://wiki.example.com/switchback",
    "DASHBOARD_URL": "https://grafana.example.com/d/shop",
}
SWITCHES = ("ENABLE_JSON_LOGGING", "ENABLE_DEBUG_CMD", "ENABLE_ALERTS")
FARTHER = (
    "PROMETHEUS_URL", "PROMETHEUS_AUTH", "PROMETHEUS_REGION", "TARGET_HOSTS", "GITHUB_REPOSITORIES",
    "GITHUB_TOKEN_PARAMETER", "RUNBOOK_URL", "DASHBOARD_URL",
)  # fmt: skip
NEEDED = [name for name in GOOD if name not in (*SWITCHES, *FARTHER)]

CONTRACT = [
    "DISCORD_PUBLIC_KEY",
    "DISCORD_APPLICATION_ID",
    "DISCORD_GUILD_ID",
    "DISCORD_OPS_CHANNEL_ID",
    "DISCORD_ALERT_CHANNEL_ID",
    "DISCORD_ROLES",
    "TABLE_NAME",
    "COMMAND_QUEUE_URL",
    "BOT_TOKEN_PARAMETER",
    "ALERT_TOPIC_ARN",
    "APP_NAME",
    "ENVIRONMENT",
]


def faults(environment: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(environment)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_variables_are_those_that_are_promised() -> None:
    assert set(CONTRACT) <= set(ENVIRONMENT_NAMES)
    assert set(ENVIRONMENT_NAMES) - set(CONTRACT) == {*SWITCHES, *FARTHER}
    assert set(ENVIRONMENT_NAMES) == {name.upper() for name in Settings.__struct_fields__} == set(GOOD)


def test_a_whole_environment_is_read() -> None:
    found = read_settings({**GOOD, "PATH": "/bin", "DISCORD_SOMETHING": "else"})
    assert found.discord_roles == {"engineering": "200000000000000011", "ops": "200000000000000012"}
    assert (found.enable_json_logging, found.enable_debug_cmd, found.enable_alerts) == (True, False, True)
    assert found.flag_prefix == "/switchback/dev/flags/"
    assert found.safeguard_prefix == "/switchback/dev/safeguards/"


def test_what_plans_may_ask_and_call_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read_settings(GOOD)
    assert found.prometheus_url == "https://prometheus.example.com/shop"
    assert found.target_hosts == ("shop.example.com", "api.example.com")
    assert found.github_repositories == ("acme/shop",)
    bare = read_settings({name: GOOD[name] for name in NEEDED})
    assert (bare.prometheus_url, bare.prometheus_auth, bare.target_hosts) == ("", "none", ())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PROMETHEUS_URL", "prometheus:9090"),
        ("PROMETHEUS_URL", "ftp://prometheus/"),
        ("PROMETHEUS_URL", "https://me:secret@prometheus.example.com/"),
        ("PROMETHEUS_URL", "https://prometheus.example.com/?token=secret"),
        ("PROMETHEUS_AUTH", "bearer secret"),
        ("TARGET_HOSTS", "shop.example.com;api.example.com"),
        ("TARGET_HOSTS", "localhost"),
        ("TARGET_HOSTS", "*.example.com"),
        ("GITHUB_REPOSITORIES", "https://github.com/acme/shop"),
    ],
)
def test_a_malformed_way_out_is_named_and_its_text_is_not_repeated(name: str, text: str) -> None:
    told = faults({**GOOD, name: text})
    assert name in told
    assert text not in told


def test_the_environment_of_the_process_is_read_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    assert read_settings() == read_settings(GOOD)


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("text", [None, "", "   ", "\n"])
def test_each_that_is_missing_is_named(name: str, text: str | None) -> None:
    environment = {key: value for key, value in GOOD.items() if key != name}
    if text is not None:
        environment[name] = text
    said = faults(environment)
    assert f"{name} is not set" in said
    assert [other for other in GOOD if other in said] == [name]


@pytest.mark.parametrize(("environment", "shown"), [("dev", True), ("staging", True), ("prod", False)])
def test_where_nothing_is_said_traces_are_shown_but_not_in_production(environment: str, shown: bool) -> None:
    said = {key: value for key, value in GOOD.items() if key != "ENABLE_DEBUG_CMD"}
    assert read_settings({**said, "ENVIRONMENT": environment}).enable_debug_cmd is shown
    assert read_settings({**said, "ENVIRONMENT": environment, "ENABLE_DEBUG_CMD": "true"}).enable_debug_cmd is True


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_that_is_missing_is_on(name: str) -> None:
    found = read_settings({key: value for key, value in GOOD.items() if key != name})
    assert getattr(found, name.lower()) is True


IDS = ("DISCORD_APPLICATION_ID", "DISCORD_GUILD_ID", "DISCORD_OPS_CHANNEL_ID", "DISCORD_ALERT_CHANNEL_ID")
MALFORMED: dict[str, list[str]] = {
    **{name: ["x", "1234", "1" * 21, "-2000", "2000.0", "٢٠٠٠٠٠", "20 00", "<@20000>", "null", "[]"] for name in IDS},
    "DISCORD_PUBLIC_KEY": ["x", "8f" * 31, "8f" * 33, "8f" * 31 + "8", "zz" * 32, "0x" + "8f" * 31, "８f" * 32],
    "DISCORD_ROLES": [
        "x",
        "null",
        "[]",
        "7",
        '"ops"',
        '["200000000000000012"]',
        '{"ops": 200000000000000012}',
        '{"ops": null}',
        '{"ops": "x"}',
        '{"ops": ["200000000000000012"]}',
        '{"ops": "200000000000000012"',
        "ops=200000000000000012",
        "[" * 100,
    ],
    "APP_NAME": ["/x", "a/b", "..", "a b", "é", "x" * 65, "-x", "*", "a\tb", "${x}"],
    "ENVIRONMENT": ["/prod", "dev/prod", "..", "a b", "é", "x" * 65, "_x", "*"],
    **{name: ["yes", "1", "on", "0", "t", "truefalse", "null"] for name in SWITCHES},
}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in MALFORMED.items() for text in texts], ids=lambda part: part[:30]
)
def test_each_that_is_malformed_is_named(name: str, text: str) -> None:
    said = faults({**GOOD, name: text})
    assert name in said
    assert [other for other in GOOD if other in said] == [name]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    said = faults({})
    for name in NEEDED:
        assert f"{name} is not set" in said
    wrong = {name: texts[0] for name, texts in MALFORMED.items()}
    said = faults({**GOOD, **wrong})
    assert all(name in said for name in wrong)
    assert not any(name in said for name in set(GOOD) - set(wrong))


def test_a_value_is_never_repeated_since_it_may_be_a_secret_in_the_wrong_place() -> None:
    for name in MALFORMED:
        assert "hunter2" not in faults({**GOOD, name: "hunter2/ hunter2"})


def test_white_space_around_a_value_does_not_count() -> None:
    assert read_settings({name: f" {value}\n" for name, value in GOOD.items()}) == read_settings(GOOD)


def test_the_stored_settings_are_the_same_settings() -> None:
    assert read_stored_settings(json.dumps(GOOD)) == read_settings(GOOD)
    nested = {**GOOD, "DISCORD_ROLES": json.loads(GOOD["DISCORD_ROLES"]), "ENABLE_DEBUG_CMD": False}
    assert read_stored_settings(json.dumps(nested)) == read_settings(GOOD)


@pytest.mark.parametrize("stored", ["", "x", "null", "[]", "7", '"x"', "{", "{}", '{"APP_NAME": null}'])
def test_stored_settings_of_another_shape_are_one_clear_error(stored: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_stored_settings(stored)
    assert "Switchback cannot start" in str(caught.value)
