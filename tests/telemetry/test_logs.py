"""One JSON object a line, whatever the input, and no secret in any of them."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from datetime import datetime
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.core.redaction import failures
from orchestrator.core.trace import Step
from orchestrator.telemetry import logs
from orchestrator.telemetry.logs import bound, configure, duration_ms, get_logger, timed
from orchestrator.telemetry.plain import LONGEST_TEXT

TOKEN = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OnNlY3JldHNlY3JldA"
PASSWORD = "S3cr3t-hunter2"
DISCORD = f"https://discord.com/api/v10/webhooks/111222333444555666/{TOKEN}/messages/@original"
log = get_logger()


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


class Mute:
    def __str__(self) -> str:
        raise RuntimeError("no")

    def __repr__(self) -> str:
        return "Mute()"


def test_a_line_says_when_what_who_and_where(lines: Any) -> None:
    log.info("flag written", extra={"flag": "PORTAL_PRISMA", "ms": 41})
    line = lines.only
    assert (line["level"], line["message"], line["service"], line["environment"]) == (
        "INFO",
        "flag written",
        "switchback",
        "dev",
    )
    assert (line["flag"], line["ms"]) == ("PORTAL_PRISMA", 41)
    assert line["location"].startswith("test_logs.py:")
    assert line["timestamp"].endswith("Z")
    assert len(line["timestamp"]) == len("2025-09-26T09:00:00.123Z")
    datetime.fromisoformat(line["timestamp"])


def test_bound_fields_are_on_each_line_inside_and_on_none_outside(lines: Any) -> None:
    with bound(trace_id="t1", rolloutStage="admin-reads", flagState={"PORTAL_PRISMA": "true"}):
        with bound(actor="eng", trace_id="t2"):
            log.info("inner")
        log.info("outer")
    log.info("outside")
    inner, outer, outside = lines.all
    assert (inner["trace_id"], inner["actor"], inner["rolloutStage"]) == ("t2", "eng", "admin-reads")
    assert outer["trace_id"] == "t1"
    assert "actor" not in outer
    assert outer["flagState"] == {"PORTAL_PRISMA": "true"}
    assert "trace_id" not in outside


def test_what_one_thread_binds_no_other_sees(lines: Any) -> None:
    with bound(trace_id="mine"):
        other = threading.Thread(target=lambda: log.info("theirs"))
        other.start()
        other.join()
    assert "trace_id" not in lines.only


def planted_everywhere() -> None:
    log.info(f"password={PASSWORD}")
    log.info("token is %s", {"password": PASSWORD})
    log.info("calling %s", DISCORD)
    log.info("x", extra={"password": PASSWORD, "deep": {"list": [{"apiKey": PASSWORD}, f"Bearer {PASSWORD}"]}})
    log.info({"password": PASSWORD})
    log.info("x", extra={f"password={PASSWORD}": 1, "keys": {f"ghp_{'a1B2' * 9}": 1}})
    log.info("x", extra={"raw": f"password={PASSWORD}".encode(), "headers": [("Authorization", f"Bearer {PASSWORD}")]})
    log.info("x", extra={"struct": Step(name=f"password={PASSWORD}", ms=1)})
    log.info("%d", f"password={PASSWORD}")
    with bound(command=f"/flag set password={PASSWORD}"):
        log.info("bound")
    log.info("x", extra={"problem": requests.HTTPError(f"404 Client Error: Not Found for url: {DISCORD}")})
    try:
        try:
            requests.Session().get(DISCORD.replace("https://discord.com", "http://127.0.0.1:1"), timeout=1)
        except requests.RequestException as inner:
            raise ValueError(f"could not connect with password={PASSWORD}") from inner
    except ValueError as problem:
        problem.add_note(f"token={PASSWORD}")
        log.exception("failed: %s", problem)
        log.error("failed", exc_info=problem)
        logging.getLogger("urllib3").error("failed %s", DISCORD, exc_info=True)
    log.warning(f"stack of password={PASSWORD}", stack_info=True)
    logging.getLogger("boto3").warning("password=%s", PASSWORD)


def test_a_value_cannot_pass_for_a_field_of_a_text_line(lines: Any) -> None:
    configure("switchback", "dev", json=False, stream=lines.stream)
    log.info("kept", extra={"note": "a outcome=done"})
    assert 'note="a outcome=done"' in lines.text


@pytest.mark.parametrize("as_json", [True, False])
def test_no_path_into_the_log_lets_a_secret_through(lines: Any, as_json: bool, capfd: Any) -> None:
    configure("switchback", "dev", json=as_json, stream=lines.stream)
    planted_everywhere()
    streams = lines.text + "".join(capfd.readouterr())
    assert len(lines.text.splitlines()) == 16
    for secret in (PASSWORD, TOKEN, "a1B2a1B2"):
        assert secret not in streams


def test_a_warning_of_python_is_a_redacted_line_too(lines: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        configure("switchback", "dev", stream=lines.stream)
        warnings.warn(f"password={PASSWORD}", stacklevel=1)
        logging.captureWarnings(False)
    assert "UserWarning: password=[redacted]" in lines.only["message"]


def test_an_exception_keeps_what_helps(lines: Any) -> None:
    try:
        raise KeyError("rollout prisma-1")
    except KeyError:
        log.exception("a tick failed")
    line = lines.only
    assert line["exception_name"] == "KeyError"
    assert "test_logs.py" in line["exception"]
    assert "rollout prisma-1" in line["exception"]


CIRCLE: dict[str, Any] = {}
CIRCLE["self"] = CIRCLE
ODD = [
    float("nan"),
    float("inf"),
    b"\xff\x00",
    CIRCLE,
    "\ud800 lone",
    "two\nlines\r\nand\u2028more\x85\x0b\x1c",
    Unprintable(),
    {Unprintable(): 1},
    {1: {2: {3}}},
    10**5000,
    object(),
    "x" * 1_000_000,
    ["y" * 70_000] * 40,
    {str(n): "z" * 50 for n in range(20_000)},
    type,
    memoryview(b"abc"),
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
def test_odd_input_makes_one_line_of_json_that_is_not_too_long(lines: Any, odd: Any) -> None:
    log.info(odd)
    log.info("as an argument %s", odd)
    log.info("as a field", extra={"odd": odd})
    with bound(odd=odd):
        log.info("bound")
    assert len(lines.all) == 4
    assert all("odd" in line and "log_failure" not in line for line in lines.all[2:])
    assert all(len(line.encode()) <= 256 * 1024 for line in lines.text.splitlines())


def test_a_field_that_breaks_does_not_take_the_others_with_it(lines: Any) -> None:
    log.info("kept", extra={"bad": Unprintable(), "good": 1})
    line = lines.only
    assert (line["message"], line["good"], line["bad"]) == ("kept", 1, "<Unprintable that cannot be printed>")


def test_a_field_named_like_one_of_loggings_own_is_renamed(lines: Any) -> None:
    log.info("kept", extra={"message": "m-1", "name": "n", "args": 3})
    line = lines.only
    assert (line["message"], line["field_message"], line["field_name"], line["field_args"]) == ("kept", "m-1", "n", 3)


def test_a_field_cannot_pass_for_what_the_logger_says_itself(lines: Any) -> None:
    log.error("kept", extra={"level": "DEBUG", "service": "forged", "timestamp": "never"})
    line = lines.only
    assert (line["level"], line["service"]) == ("ERROR", "switchback")
    assert (line["field_level"], line["field_service"], line["field_timestamp"]) == ("DEBUG", "forged", "never")


def test_arguments_that_do_not_fit_the_message_lose_nothing_but_their_place(lines: Any) -> None:
    log.info("%d of %d", "three")
    assert (lines.only["message"], lines.only["log_args"]) == ("%d of %d", ["three"])


def test_a_message_that_looks_like_json_stays_a_text(lines: Any) -> None:
    log.info('{"level": "DEBUG"}')
    assert lines.only["message"] == '{"level": "DEBUG"}'
    assert lines.only["level"] == "INFO"


def test_a_line_that_cannot_be_written_raises_nothing(capfd: Any, lines: Any) -> None:
    closed = io.StringIO()
    closed.close()
    configure("switchback", "dev", stream=closed)
    log.info(f"password={PASSWORD}")
    assert "".join(capfd.readouterr()) == ""


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.datetimes()
    | st.builds(Mute),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
        | st.tuples(inner, inner)
    ),
    max_leaves=10,
)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=st.text() | VALUES, extra=st.dictionaries(st.text(min_size=1), VALUES, max_size=4))
def test_any_message_with_any_fields_is_one_json_object(lines: Any, message: Any, extra: dict[str, Any]) -> None:
    before = len(lines.text.splitlines())
    log.info(message, extra={**extra, "password": PASSWORD})
    assert len(lines.text.splitlines()) == before + 1
    last = json.loads(lines.text.splitlines()[-1])
    assert isinstance(last, dict)
    assert last["level"] == "INFO"
    assert PASSWORD not in lines.text


class Broken(dict[str, Any]):
    """A mapping that cannot be read."""

    def items(self) -> Any:
        raise RuntimeError("no")


def test_a_field_that_fails_keeps_its_name_and_its_neighbours_and_is_counted(lines: Any) -> None:
    failures.take()
    log.info("half of it", extra={"first": Broken(a=1), "second": Broken(a=1), "third": 3})
    line = lines.only
    assert (line["first"], line["second"], line["third"]) == ("[redacted]", "[redacted]", 3)
    assert failures.take() == 2


def test_what_fails_inside_a_field_costs_itself_alone(lines: Any) -> None:
    log.info("half of it", extra={"deep": {"bad": Broken(a=1), "good": 1}, "many": [Broken(a=1), 2]})
    assert (lines.only["deep"], lines.only["many"]) == ({"bad": "[redacted]", "good": 1}, ["[redacted]", 2])


@pytest.mark.parametrize("before", range(LONGEST_TEXT - 60, LONGEST_TEXT + 1, 4))
def test_no_cut_runs_through_a_secret_in_bytes(lines: Any, before: int) -> None:
    token = "ghp_" + "a1B2" * 9
    log.info("raw", extra={"body": b"a" * (before - 1) + b" " + token.encode()})
    assert "a1B2" not in lines.text
    assert "ghp_a" not in lines.text


def test_the_shortest_line_is_still_found_by_its_ids(lines: Any) -> None:
    many = {f"field{number}": "x" * 500 for number in range(2_000)}
    with bound(trace_id="T1", correlation_id="C1"):
        log.info("too much", extra=many)
    line = lines.only
    assert line["truncated"] is True
    assert (line["trace_id"], line["correlation_id"], line["environment"]) == ("T1", "C1", "dev")


def test_a_text_line_is_one_line_and_redacted(lines: Any) -> None:
    configure("switchback", "dev", json=False, stream=lines.stream)
    log.info(f"two\nlines password={PASSWORD}", extra={"flag": "X", "deep": {"a": 1}})
    (line,) = lines.text.splitlines()
    assert "INFO two\\nlines password=[redacted]" in line
    assert "flag=X" in line
    assert 'deep={"a":1}' in line


def test_other_packages_are_heard_from_warning_up_and_once(lines: Any) -> None:
    for name in ("urllib3.util.retry", "botocore.auth", "somebody.else"):
        logging.getLogger(name).info("quiet")
        logging.getLogger(name).warning("heard")
    log.info("ours")
    assert [line["message"] for line in lines.all] == ["heard", "heard", "heard", "ours"]
    assert lines.all[0]["logger"] == "urllib3.util.retry"


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("LambdaLoggerHandler", "awslambdaric.bootstrap"),
        ("LambdaLoggerHandlerWithFrameType", "awslambdaric.bootstrap"),
        ("LambdaLoggerHandlerWithFrameType", "somewhere.else"),
        ("HandlerOfANextRuntime", "awslambdaric.bootstrap"),
        ("HandlerOfANextRuntime", "bootstrap"),
    ],
)
def test_lambdas_own_handler_is_taken_off_in_every_log_format(lines: Any, name: str, module: str) -> None:
    """The runtime picks the class by its LogFormat: with JSON it is the one with the frame type."""
    written = io.StringIO()
    theirs = type(name, (logging.StreamHandler,), {"__module__": module})(written)
    logging.getLogger().addHandler(theirs)
    configure("switchback", "dev", stream=lines.stream)
    logging.getLogger("urllib3.util.retry").warning(f"Retrying {DISCORD}")
    assert written.getvalue() == ""
    assert lines.only["logger"] == "urllib3.util.retry"
    assert TOKEN not in lines.text


def test_lambdas_own_filter_stamps_no_record(lines: Any) -> None:
    class LambdaLoggerFilter(logging.Filter):
        """As the runtime's bootstrap names its own."""

        def filter(self, record: logging.LogRecord) -> bool:
            record._frame_type = b"\xa5"
            record.aws_request_id, record.tenant_id = "r", "t"
            return True

    root = logging.getLogger()
    theirs = LambdaLoggerFilter()
    root.addFilter(theirs)
    try:
        configure("switchback", "dev", stream=lines.stream)
        root.warning("heard")
    finally:
        root.removeFilter(theirs)
    assert {"_frame_type", "aws_request_id", "tenant_id"}.isdisjoint(lines.only)


def test_a_handler_of_somebody_else_stays(lines: Any) -> None:
    theirs = logging.StreamHandler(io.StringIO())
    logging.getLogger().addHandler(theirs)
    configure("switchback", "dev", stream=lines.stream)
    assert theirs in logging.getLogger().handlers


def test_a_timed_block_says_how_long_it_took_and_how_it_ended(lines: Any) -> None:
    with timed("read", flag="X") as told:
        told["version"] = 3
    with pytest.raises(ValueError, match="goes on"), timed("write"):
        raise ValueError("goes on")
    read, write = lines.all
    assert (read["message"], read["outcome"], read["flag"], read["version"]) == ("read", "ok", "X", 3)
    assert read["duration_ms"] >= 0
    assert read["location"].startswith("test_logs.py:")
    assert write["outcome"] == "failed"


def test_a_duration_is_whole_milliseconds_and_never_negative() -> None:
    assert (duration_ms(1.0, 1.0415), duration_ms(2.0, 1.0)) == (42, 0)


def test_importing_the_logs_imports_no_sdk() -> None:
    code = (
        "import sys, orchestrator.telemetry.logs, orchestrator.telemetry.tracing, orchestrator.telemetry.xray, orchestrator.telemetry.metrics;"
        "print([m for m in ('boto3', 'requests', 'aws_xray_sdk') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_logger_is_the_same_everywhere() -> None:
    assert get_logger() is logs.get_logger()
