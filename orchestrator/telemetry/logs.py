"""Structured logging: one redacted JSON object a line, through powertools' Logger.

log = get_logger() with bound(trace_id=trace_id, actor=actor.name, command="rollback",
rolloutStage="admin-reads"): log.info("flag written", extra={"flag": name, "ms": 41})

Whatever is passed, a call never raises, and a line never holds a secret: message, arguments, extra fields,
bound fields, exception text and stacks all go through `orchestrator.core.redaction`.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Protocol

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from orchestrator.telemetry.plain import LONGEST_LINE, json_line, safe_fields, safe_text

NAME = "switchback"
_RESERVED = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_OURS = frozenset({"level", "timestamp", "service", "environment", "location"})
_RUNTIME = frozenset({"awslambdaric.bootstrap", "bootstrap"})
"""Where the Lambda runtime's own logging comes from."""
_bound: ContextVar[Mapping[str, Any]] = ContextVar("bound", default=MappingProxyType({}))
_LINE_ENDS = {code: f"\\x{code:02x}" for code in [*range(32), 0x7F, 0x85]} | {10: "\\n", 13: "\\r", 9: "\\t"}
_LINE_ENDS |= {0x2028: "\\u2028", 0x2029: "\\u2029"}


class Sink(Protocol):
    """What lines are written to."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...


def get_logger() -> Logger:
    """The one logger. It may be fetched before `configure` is called."""
    return _logger


def configure(
    service: str, environment: str, json: bool = True, stream: Sink | None = None, least: int = logging.INFO
) -> None:
    """Says who logs, in which form, where to (standard output unless told) and from which level up. May be
    called again at any time.

    Other packages' loggers write through the same formatter, from WARNING up; the Lambda runtime's own
    handlers, which would write unredacted, are taken off.
    """
    _formatter.named = {"service": service, "environment": environment}
    _formatter.as_json = json
    _handler.stream = stream
    _logger.setLevel(least)
    root = logging.getLogger()
    _without_the_runtime(root)
    if _others not in root.handlers:
        root.addHandler(_others)
    root.setLevel(logging.WARNING)
    for noisy in ("boto3", "botocore", "urllib3", "requests", "aws_xray_sdk", "s3transfer"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.captureWarnings(True)


def _without_the_runtime(root: logging.Logger) -> None:
    """Its handler has another class in each log format, and its filter stamps fields of its own on every record."""
    for handler in root.handlers[:]:
        if _is_the_runtime_s(handler, "LambdaLoggerHandler"):
            root.removeHandler(handler)
    for stamp in root.filters[:]:
        if _is_the_runtime_s(stamp, "LambdaLoggerFilter"):
            root.removeFilter(stamp)


def _is_the_runtime_s(found: object, named: str) -> bool:
    return type(found).__name__.startswith(named) or type(found).__module__ in _RUNTIME


@contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Each line logged inside carries these fields: trace_id, correlation_id, actor, command, rollout,
    rolloutStage, flagState, or any other. Nests, and holds for the current thread or task only. None takes
    a field off."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def bound_fields() -> dict[str, Any]:
    """What is bound here and now."""
    return {key: value for key, value in _bound.get().items() if value is not None}


@contextmanager
def timed(message: str, **fields: Any) -> Iterator[MutableMapping[str, Any]]:
    """Logs `message` at the end of the block with `duration_ms`, and with `outcome` "ok" or "failed".

    Fields put into what it yields are logged too. An exception goes on as it was.
    """
    told: dict[str, Any] = dict(fields)
    started = time.perf_counter()
    outcome = "failed"
    try:
        yield told
        outcome = "ok"
    finally:
        took = duration_ms(started, time.perf_counter())
        _logger.info(message, extra={"outcome": outcome, **told, "duration_ms": took}, stacklevel=4)


def duration_ms(started: float, ended: float) -> int:
    """Whole milliseconds between two readings of a clock that counts in seconds; never negative."""
    return max(0, round((ended - started) * 1000))


class _Formatter(LambdaPowertoolsFormatter):
    """Powertools' formatter with our fields, and with the redaction between it and the line."""

    def __init__(self) -> None:
        super().__init__(
            json_deserializer=_as_it_is,
            serialize_stacktrace=False,
        )
        self.as_json = True
        self.named: dict[str, str] = {"service": NAME}

    def format(self, record: logging.LogRecord) -> str:
        try:
            return super().format(record)
        except Exception as problem:
            message = safe_text(record.msg)
            fields = {
                **self._head(record),
                "message": message,
                "log_failure": type(problem).__name__,
                **bound_fields(),
            }
            return self.serialize(fields)

    def serialize(self, log: Any) -> str:
        ours = {key: log.pop(key) for key in _OURS if key in log}
        safe = safe_fields(log)
        # The message stands before the fields: a reader finds it without scrolling.
        first = {"level": ours.pop("level"), "timestamp": ours.pop("timestamp"), "message": safe.pop("message", "")}
        return self._line({**first, **ours, **safe})

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        moment = datetime.fromtimestamp(record.created, tz=UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _extract_log_keys(self, log_record: logging.LogRecord) -> dict[str, Any]:
        head = self._head(log_record)
        given = {**bound_fields(), **{key: value for key, value in vars(log_record).items() if key not in _RESERVED}}
        if not _OURS.isdisjoint(given):
            given = {f"field_{key}" if key in _OURS else key: value for key, value in given.items()}
        stack = {"stack": log_record.stack_info} if log_record.stack_info else {}
        return {**head, **given, **stack}

    def _extract_log_message(self, log_record: logging.LogRecord) -> Any:
        if isinstance(log_record.msg, dict) and not log_record.args:
            return log_record.msg
        return log_record.getMessage()

    def _head(self, record: logging.LogRecord) -> dict[str, Any]:
        head = {"level": record.levelname, "timestamp": self.formatTime(record), **self.named}
        if record.name == NAME:
            return head | {"location": f"{record.filename}:{record.lineno}"}
        return head | {"logger": record.name}

    def _line(self, fields: dict[str, Any]) -> str:
        if self.as_json:
            return json_line(fields)
        head = " ".join(str(fields.pop(key, "")) for key in ("timestamp", "level", "message"))
        rest = "".join(f" {key}={_as_word(value)}" for key, value in fields.items())
        line = f"{head}{rest}"[: LONGEST_LINE // 4]
        return line.encode("utf-8", "replace").decode("utf-8").translate(_LINE_ENDS)


def _as_word(value: Any) -> str:
    """A text without spaces as it is, all else as JSON, so that no value can pass for a further field."""
    if isinstance(value, str) and value and not any(sign in value for sign in ' ="'):
        return value
    return json_line({"": value})[4:-1]


def _as_it_is(text: Any) -> Any:
    """Powertools would read a message that looks like JSON as JSON; ours is a text."""
    raise ValueError("left as it is")


class _Handler(logging.Handler):
    """Writes lines to `stream`, or to whatever standard output is at that moment. Never raises."""

    def __init__(self) -> None:
        super().__init__()
        self.stream: Sink | None = None

    def emit(self, record: logging.LogRecord) -> None:
        stream = self.stream or sys.stdout
        try:
            stream.write(self.format(record) + "\n")
            stream.flush()
        except Exception:  # logging's own way would print the record's arguments, unredacted
            self._give_up(stream)

    def _give_up(self, stream: Sink) -> None:
        try:
            stream.write('{"level":"ERROR","message":"a log line could not be written"}\n')
        except Exception:
            return


class _OthersOnly(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.name != NAME and record.levelno >= logging.WARNING


class _SwitchbackLogger(logging.Logger):
    """Renders the message at once, so that nothing which handles the record later can fail on it.

    A field named like one of logging's own (`message`, `name`) is logged as `field_message` instead of
    raising.
    """

    def makeRecord(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        extra = args[8] if len(args) > 8 else kwargs.get("extra")
        if extra and not _RESERVED.isdisjoint(extra):
            renamed = {f"field_{key}" if key in _RESERVED else key: value for key, value in extra.items()}
            args = (*args[:8], renamed, *args[9:])
        record = super().makeRecord(*args, **kwargs)
        if isinstance(record.msg, dict) and not record.args:
            record.msg = safe_fields(record.msg)
        else:
            try:
                record.msg = record.getMessage()
            except Exception as problem:
                vars(record).update(log_failure=type(problem).__name__, log_args=record.args)
                record.msg = safe_text(record.msg)
            record.args = None
        return record


def _made(formatter: _Formatter, handler: _Handler) -> Logger:
    previous = logging.getLoggerClass()
    logging.setLoggerClass(_SwitchbackLogger)
    try:
        logging.getLogger(NAME).propagate = False  # another handler further up would write it unredacted
    finally:
        logging.setLoggerClass(previous)
    return Logger(service=NAME, logger_handler=handler, logger_formatter=formatter)


_formatter = _Formatter()
_handler = _Handler()
_handler.setFormatter(_formatter)
_logger = _made(_formatter, _handler)


class _OthersHandler(_Handler):
    """The same stream and formatter for everybody else's lines."""

    def emit(self, record: logging.LogRecord) -> None:
        _handler.emit(record)


_others = _OthersHandler()
_others.addFilter(_OthersOnly())
