"""Secrets go, everything else stays. The corpus is generated; these tests hold recall and damage to their goals."""

from __future__ import annotations

import json
import random
import runpy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.redaction import MASK, failures, redact, redact_event, redact_lines
from orchestrator.core.redaction.keys import Telling, judge
from orchestrator.core.trace import Step, TraceRecord, redacted
from tests.core.foreign_secrets import Foreign, foreign, in_further_contexts
from tests.core.growth_shapes import SHAPES
from tests.core.ordinary_lines import ordinary_lines

CORPUS = runpy.run_path(str(Path(__file__).with_name("redaction_corpus.py")))
SEEDS = [7, 2025]
PEM = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEAx3fGq9\n" * 2 + "QQ==\n-----END RSA PRIVATE KEY-----\n"


def leaks(planted: Any) -> bool:
    out = redact(planted.line)
    return any(part in out for part in planted.secret.split("\n"))


@pytest.mark.parametrize("seed", SEEDS)
def test_nearly_every_generated_secret_is_masked(seed: int) -> None:
    corpus = list(CORPUS["planted"](seed=seed))
    missed = [planted.kind for planted in corpus if leaks(planted)]
    assert len(missed) <= 0.03 * len(corpus), missed[:20]


@pytest.mark.parametrize("seed", SEEDS)
def test_of_the_secrets_an_ops_bot_sees_at_most_one_in_a_hundred_is_missed(seed: int) -> None:
    corpus = [planted for planted in CORPUS["planted"](seed=seed) if planted.core]
    missed = [planted.kind for planted in corpus if leaks(planted)]
    assert len(missed) <= 0.01 * len(corpus), missed[:20]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_useful_rest_of_a_line_is_kept(seed: int) -> None:
    wanted = [(planted, part) for planted in CORPUS["planted"](seed=seed) for part in planted.kept]
    lost = [(planted.kind, part) for planted, part in wanted if part not in redact(planted.line)]
    assert len(lost) <= 0.01 * len(wanted), lost[:20]


@pytest.mark.parametrize("seed", SEEDS)
def test_ordinary_log_lines_stay_as_they_are(seed: int) -> None:
    lines = CORPUS["clean_lines"](seed=seed)
    damaged = [(line, redact(line)) for line in lines if redact(line) != line]
    assert len(lines) > 500
    assert len(damaged) <= 0.005 * len(lines), damaged[:5]


def leaks_foreign(row: Foreign) -> bool:
    """Whether a line of the secret is left, the marks around a PEM block apart."""
    parts = row.secret.replace("\\n", "\n").split("\n")
    out = redact(row.line)
    return any(part in out for part in parts if len(part) > 2 and not part.startswith("-----"))


@pytest.mark.parametrize("seed", SEEDS)
def test_secrets_that_were_made_without_regard_to_the_rules_are_masked_too(seed: int) -> None:
    corpus = list(foreign(seed=seed, per_kind=2))
    missed = [(row.kind, row.shape) for row in corpus if leaks_foreign(row)]
    core = [row for row in corpus if row.core]
    assert len(missed) <= 0.03 * len(corpus), missed[:20]
    assert sum(map(leaks_foreign, core)) <= 0.01 * len(core)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_rest_of_their_lines_is_kept(seed: int) -> None:
    wanted = [(row, part) for row in foreign(seed=seed, per_kind=2) for part in row.kept]
    lost = [(row.kind, part) for row, part in wanted if part not in redact(row.line)]
    assert len(lost) <= 0.01 * len(wanted), lost[:20]


FURTHER = [row for seed in SEEDS for row in in_further_contexts(random.Random(seed), per_kind=3)]


@pytest.mark.parametrize("kind", sorted({row.kind for row in FURTHER}))
def test_the_words_around_a_secret_give_it_away(kind: str) -> None:
    rows = [row for row in FURTHER if row.kind == kind]
    assert [row.line for row in rows if leaks_foreign(row)] == []
    assert [(row.line, part) for row in rows for part in row.kept if part not in redact(row.line)] == []


def test_of_thousands_of_ordinary_lines_hardly_one_is_changed() -> None:
    lines = list(ordinary_lines(5_000, seed=8))
    damaged = [(line, redact(line)) for line in lines if redact(line) != line]
    assert len(damaged) <= 0.002 * len(lines), damaged[:5]


def test_many_lines_at_once_give_the_same_as_one_after_the_other() -> None:
    lines = [*ordinary_lines(2_000, seed=9), *(row.line for row in foreign(seed=9, per_kind=1) if "\n" not in row.line)]
    whole = redact("\n".join(lines)).split("\n")
    alone = [redact(line) for line in lines]
    different = [(one, other) for one, other in zip(whole, alone, strict=True) if one != other]
    assert len(different) <= 3, different[:5]  # a line that ends like a key may have its value on the next


def test_redacting_twice_changes_nothing_more() -> None:
    for planted in CORPUS["planted"](seed=3):
        once = redact(planted.line)
        assert redact(once) == once


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "dbPassword",
        "DB_PASSWORD",
        "db-password",
        "Password2",
        "X-Api-Key",
        "apiKey",
        "API_KEY",
        "apikey",
        "secretAccessKey",
        "PGPASSWORD",
        "clientSecret",
        "Authorization",
        "proxy-authorization",
        "Set-Cookie",
        "privateKeyPem",
        "connectionString",
        "refresh_token",
        "csrfToken",
        "PHPSESSID",
        "secret_key_base",
        "token_value",
        "new_password",
        "SECRET",
        "jwt",
    ],
)
def test_a_telling_key_is_known_in_any_spelling(key: str) -> None:
    assert judge(key) is Telling.YES


@pytest.mark.parametrize(
    "key",
    [
        "token_count",
        "tokens_used",
        "dedup_key",
        "author",
        "monkey",
        "keyboard",
        "primary_key",
        "key",
        "partitionKey",
        "sort_key",
        "public_key",
        "next_token",
        "secret_name",
        "password_policy",
        "token_type",
        "passwordResetUrl",
        "authority",
        "authorized",
        "SETTINGS_SECURE_PROVIDER",
        "session_timeout",
        "cookie_banner_count",
        "tokenizer",
        "secretary",
        "passenger",
        "compass",
        "bypass",
        "object_key",
        "cacheKey",
        "idempotency_token",
        "key_id",
        "api_key_id",
        "secret_arn",
        "code",
        "status_code",
    ],
)
def test_a_key_that_only_sounds_like_one_is_left_alone(key: str) -> None:
    assert judge(key) is Telling.NO


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("password=hunter2 host=db1", "password=[redacted] host=db1"),
        ('{"password": "hun\\"ter2", "a": 1}', '{"password": "[redacted]", "a": 1}'),
        ('{"body": "{\\"token\\": \\"abc12345\\"}", "a": 1}', '{"body": "{\\"token\\": \\"[redacted]\\"}", "a": 1}'),
        ("postgres://app:s3cret@db1:5432/orders", "postgres://app:[redacted]@db1:5432/orders"),
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer [redacted]"),
        ("Cookie: sid=abc; theme=dark status=200", "Cookie: sid=[redacted]; theme=dark status=200"),
        ("Set-Cookie: sid=abc123; Path=/; HttpOnly", "Set-Cookie: sid=[redacted]; Path=/; HttpOnly"),
        ("./run --password hunter2 --env prod", "./run --password [redacted] --env prod"),
        (
            "404 Client Error: Not Found for url: https://discord.com/api/v10/webhooks/111222333444555666/aW50ZXJhY3Rpb246MTIzNA/messages/@original",
            "404 Client Error: Not Found for url: https://discord.com/api/v10/webhooks/111222333444555666/[redacted]/messages/@original",
        ),
    ],
)
def test_only_the_secret_itself_is_replaced(line: str, expected: str) -> None:
    assert redact(line) == expected


def test_each_line_of_a_pem_block_is_masked_and_the_lines_around_it_stay() -> None:
    assert redact(f"before\n{PEM}after") == "before\n" + f"{MASK}\n" * 5 + "after"


def test_a_stream_gives_the_same_as_the_whole_text() -> None:
    text = f"start\n{PEM}token=abc12345\r\nend"
    assert "".join(redact_lines(text.splitlines(keepends=True))) == redact(text)


def test_a_block_that_was_cut_off_ends_where_ordinary_lines_begin() -> None:
    cut = "\n".join(PEM.split("\n")[:3])
    assert (
        redact(f"{cut}\nrollout advanced to stage 2 of 5")
        == f"{MASK}\n{MASK}\n{MASK}\nrollout advanced to stage 2 of 5"
    )


def test_prose_about_a_pem_header_stays() -> None:
    line = "the file must start with -----BEGIN PRIVATE KEY----- and have no blank lines (see docs)"
    assert redact(line) == line


def test_a_name_and_its_value_may_stand_on_two_lines() -> None:
    assert "hunter2" not in redact("env:\n  - name: DB_PASSWORD\n    value: hunter2\n")


def test_an_event_keeps_keys_order_and_types() -> None:
    event = {
        "password": "hunter2",
        "n": 3,
        "ok": True,
        "ratio": 0.5,
        "none": None,
        "list": ["token=abcdef12", {"apiKey": "abc"}],
        "pair": ("a", "b"),
        "raw": b"password=hunter2",
    }
    assert redact_event(event) == {
        "password": MASK,
        "n": 3,
        "ok": True,
        "ratio": 0.5,
        "none": None,
        "list": [f"token={MASK}", {"apiKey": MASK}],
        "pair": ("a", "b"),
        "raw": b"password=[redacted]",
    }
    assert list(redact_event(event)) == list(event)


def test_everything_below_a_telling_key_goes() -> None:
    event = {
        "credentials": {"user": "bob", "parts": ["one", {"deep": "two"}]},
        "headers": {"Authorization": ["Bearer abc"]},
    }
    assert redact_event(event) == {
        "credentials": {"user": MASK, "parts": [MASK, {"deep": MASK}]},
        "headers": {"Authorization": [MASK]},
    }


def test_a_name_beside_a_value_tells() -> None:
    assert redact_event({"name": "DB_PASSWORD", "value": "plain"}) == {"name": "DB_PASSWORD", "value": MASK}
    assert redact_event({"headers": [("X-Api-Key", "plain")]}) == {"headers": [("X-Api-Key", MASK)]}


def test_a_number_under_a_telling_key_stays_a_number_and_says_nothing() -> None:
    assert redact_event({"pin": 4711, "token_count": 4711, "tokens": 4711}) == {
        "pin": 0,
        "token_count": 4711,
        "tokens": 4711,
    }


def test_keys_of_bytes_tell_too() -> None:
    assert redact_event({b"password": b"hunter2hunter2", b"n": 1}) == {b"password": MASK.encode(), b"n": 1}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["mysql", "-u", "root", "-p", "Hunter2Hunter2"], ["mysql", "-u", "root", "-p", MASK]),
        (["deploy", "--password", "two words", "--env", "prod"], ["deploy", "--password", MASK, "--env", "prod"]),
        (
            ("docker", "login", "-u", "ci", "-p", "Hunter2 x2", "r.io"),
            ("docker", "login", "-u", "ci", "-p", MASK, "r.io"),
        ),
        (["ls", "-l", "", "a b", "é"], ["ls", "-l", "", "a b", "é"]),
        (["-v", "token=abc12345"], ["-v", f"token={MASK}"]),
        (["rm", "-f", 3], ["rm", "-f", 3]),
    ],
)
def test_a_list_with_options_is_read_as_a_command(words: Any, expected: Any) -> None:
    assert redact_event({"argv": words}) == {"argv": expected}


def test_readings_of_flags_stay_whatever_the_flag_is_called() -> None:
    flags = {
        "API_KEY_V2": "25%",
        "password": "true for 10 % of all, else false",
        "NEW_TOKEN": "on",
        "secret": True,
        "X_SECRET": "beta",
        "pin": 25,
    }
    assert redact_event({"flagState": flags, "api_key": "25%x"}) == {"flagState": flags, "api_key": MASK}
    assert redact_event({"flagState": {"API_KEY": "aB3dE5gH9jK2mN4pQ6"}}) == {"flagState": {"API_KEY": MASK}}
    line = json.dumps({"flagState": {"API_KEY_V2": "25%", "NEW_TOKEN": "on", "OLD_TOKEN": "false"}})
    assert redact(line) == line


def test_the_event_itself_is_not_changed() -> None:
    event = {"a": [{"password": "x1"}]}
    redact_event(event)
    assert event == {"a": [{"password": "x1"}]}


def test_nesting_without_end_is_cut_and_never_fails() -> None:
    circle: dict[str, Any] = {"password": "hunter2"}
    circle["self"] = circle
    assert "hunter2" not in repr(redact_event(circle))


def test_a_field_on_which_the_redactor_fails_is_dropped_not_let_through() -> None:
    class Broken(str):
        __slots__ = ()

        def __contains__(self, part: object) -> bool:
            raise RuntimeError("no")

        def lower(self) -> str:
            raise RuntimeError("no")

    assert redact(Broken("password=hunter2")) == MASK
    assert redact_event({"note": Broken("password=hunter2"), "other": "kept"}) == {"note": MASK, "other": "kept"}


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that raises when it meets the word `boom`."""

    def spans(look: Any) -> list[tuple[int, int]]:
        if "boom" in look.small:
            raise RuntimeError("no")
        return []

    failures.take()
    monkeypatch.setattr("orchestrator.core.redaction.text.said_spans", spans)


@pytest.mark.usefixtures("broken")
def test_where_a_rule_fails_the_line_goes_and_the_failure_is_counted() -> None:
    assert redact("password=hunter2 boom") == MASK
    assert redact("one\ntoken=boom1234\r\nthree\n") == f"one\n{MASK}\r\nthree\n"
    assert failures.take() == 2
    assert failures.take() == 0


@pytest.mark.usefixtures("broken")
def test_where_a_rule_fails_the_field_goes_and_the_others_stay() -> None:
    assert redact_event({"note": "boom, it fails", "deep": [{"note": "boom, again"}], "n": 3}) == {
        "note": MASK,
        "deep": [{"note": MASK}],
        "n": 3,
    }
    assert failures.take() == 2


def test_nothing_fails_on_ordinary_lines_or_on_secrets() -> None:
    failures.take()
    for line in [*ordinary_lines(1_000), *(row.line for row in foreign(per_kind=1))]:
        redact(line)
    assert failures.take() == 0


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_what_slows_a_careless_pattern_is_read_to_its_end(shape: str) -> None:
    """A rule whose time grows with the square would take many minutes here; `benchmarks/redaction.py` has the ratios."""
    failures.take()
    whole = redact(shape * ((1 << 17) // len(shape)) + "\npassword=hunter2secret")
    assert "hunter2secret" not in whole
    assert failures.take() == 0


def test_a_trace_is_stored_without_secrets() -> None:
    record = TraceRecord(
        id="t1",
        kind="command",
        at=1,
        duration_ms=2,
        outcome="failed",
        reason="password=hunter2",
        command="/flag set token=abc12345",
        steps=(Step(name="post", ms=3, note="https://u:hunter2@h/"),),
        error="Bearer abcdefgh12345678",
    )
    safe = redacted(record)
    assert all(secret not in repr(safe) for secret in ("hunter2", "abc12345", "abcdefgh12345678"))
    assert redacted(safe) == safe
    assert (safe.id, safe.duration_ms, safe.steps[0].ms) == ("t1", 2, 3)


@settings(max_examples=150)
@given(st.text(max_size=300))
def test_any_text_gives_a_text_with_as_many_lines(text: str) -> None:
    assert redact(text).count("\n") == text.count("\n")


NOISE = st.text(alphabet="abz019 =:\"'\\/{}[],;&%@.-_<>\n", max_size=60)


@settings(max_examples=150)
@given(NOISE, st.sampled_from(["ghp_" + "a1B2" * 9, "AKIAIOSFODNN7EXAMPL2", "xoxb-123456789012-abcdefABCDEF12345678"]))
def test_a_token_of_known_form_is_found_after_any_noise(noise: str, secret: str) -> None:
    assert secret not in redact(f"{noise} {secret} end")


PARTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value)


@settings(max_examples=150)
@given(st.dictionaries(st.text(max_size=12) | st.sampled_from(["password", "token", "headers"]), PARTS, max_size=5))
def test_an_event_of_any_shape_keeps_its_shape(event: dict[str, Any]) -> None:
    assert shape(redact_event(event)) == shape(event)


def test_what_follows_a_masked_value_is_valid_json_still() -> None:
    out = redact(json.dumps({"password": 'a"b\\', "n": [1, {"token": "x y z 1"}]}))
    assert json.loads(out) == {"password": MASK, "n": [1, {"token": MASK}]}
