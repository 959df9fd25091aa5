"""`switchback redact` between two pipes: what leaves, when, and how it ends."""

from __future__ import annotations

import io
import json
import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from orchestrator.cli import main
from orchestrator.cli.redact import redact_stream
from orchestrator.core.redaction import failures

BLOCK = (
    b"-----BEGIN PRIVATE KEY-----\r\n" + b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\r\n" * 2 + b"-----END PRIVATE KEY-----\r\n"
)


def filtered(data: bytes) -> bytes:
    out = io.BytesIO()
    redact_stream(io.BytesIO(data), out)
    return out.getvalue()


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "orchestrator.cli", "redact"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    ) as running:
        yield running
        running.kill()


def said(process: subprocess.Popen[bytes], line: bytes) -> bytes:
    """What comes out for a line, without more being written."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line)
    assert select.select([process.stdout], [], [], 20)[0], "nothing left"
    return os.read(process.stdout.fileno(), 1 << 16)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_a_line_keeps_its_end(end: bytes) -> None:
    assert filtered(b"password=hunter2 status=200" + end) == b"password=[redacted] status=200" + end


def test_a_carriage_return_alone_stays_where_it_was() -> None:
    assert filtered(b"10%\rtoken=abc12345\r100%\n") == b"10%\rtoken=[redacted]\r100%\n"


def test_there_is_a_line_out_for_each_line_in() -> None:
    data = b"a\n\n\r\nb=1\n" + BLOCK + b"\ntoken=abc12345\nend"
    assert filtered(data).count(b"\n") == data.count(b"\n")


def test_each_line_of_a_pem_block_is_masked() -> None:
    assert filtered(b"before\n" + BLOCK + b"after\n") == b"before\n" + b"[redacted]\r\n" * 4 + b"after\n"


def test_what_is_no_utf_8_is_replaced() -> None:
    assert filtered(b"caf\xe9 token=abc12345\n") == "caf\ufffd token=[redacted]\n".encode()


def test_nothing_in_is_nothing_out() -> None:
    assert filtered(b"") == b""


def test_a_key_and_its_value_may_come_in_two_pieces() -> None:
    class Slow(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            return super().read1(7)

    out = io.BytesIO()
    redact_stream(Slow(b"- name: DB_PASSWORD\n  value: hunter2\n- name: STAGE\n  value: prod\n"), out)
    assert out.getvalue() == b"- name: DB_PASSWORD\n  value: [redacted]\n- name: STAGE\n  value: prod\n"


@pytest.mark.parametrize("part", [b"word password=hunter2 ", "é".encode() * 11])
def test_a_line_without_an_end_goes_out_in_parts(part: bytes) -> None:
    class Endless:
        read, written, most = 0, 0, 0

        def read1(self, size: int, /) -> bytes:
            self.read += 1
            return part * (size // len(part)) if self.read < 36 else b""

        def write(self, data: bytes, /) -> None:
            assert b"hunter2" not in data
            assert "\ufffd" not in data.decode()
            self.written += 1

        def flush(self) -> None:
            self.most = max(self.most, self.read)

    both = Endless()
    redact_stream(both, both)
    assert both.written > 2


def documents(seed: int) -> tuple[list[dict[str, object]], list[str]]:
    """Some 1.7 MB of them, and the secrets in them. Each is at the end of a long stretch without any."""
    rng = random.Random(seed)
    rows: list[dict[str, object]] = []
    secrets: list[str] = []
    for number in range(1_100):
        secret = "".join(rng.choice("abcdefghjkmnpqrstuvwxyzABCDEFGH23456789") for _ in range(14))
        said: list[dict[str, object]] = [
            {"password": secret, "n": [1, 2]},
            {"user": "bob", "db_password": secret},
            {"headers": {"Authorization": f"Bearer {secret}q1", "Accept": "*/*"}},
            {"name": "DB_PASSWORD", "value": secret},
            {"password": f"Pass phrase, with: {secret}"},
        ]
        rows.append({"id": number, "note": "and so on, " * rng.randrange(100, 180)} | rng.choice(said))
        secrets.append(secret)
    return rows, secrets


@pytest.mark.parametrize(("length", "separators"), [(1 << 16, (", ", ": ")), (49_999, (",", ":"))])
def test_no_password_leaks_where_a_long_line_is_cut(length: int, separators: tuple[str, str]) -> None:
    class Piecewise(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            return super().read1(length)

    rows, secrets = documents(1)
    out = io.BytesIO()
    redact_stream(Piecewise(json.dumps(rows, separators=separators).encode()), out)
    left = json.loads(out.getvalue())
    assert [row["id"] for row in left] == list(range(len(rows)))
    assert out.getvalue().count(b"[redacted]") == len(secrets)


@pytest.mark.parametrize("seen", [0, 27, 54])
@pytest.mark.parametrize(
    "end",
    [
        b'"password": "correct horse hunter2", "n": 1}',
        b'"name": "DB_PASSWORD", "value": "horse hunter2"}',
        b'"password":"horse,hunter2","n":1}',
        b"and password= horsehunter2 n=1 and so on and on",
    ],
)
def test_a_line_is_not_cut_where_a_password_is(end: bytes, seen: int) -> None:
    """Of the end of a line, longer and longer parts come before the line is too long to wait."""
    start = b'{"note": "' + b"so it goes, " * ((1 << 20) // 12 + 1) + b'", '

    class InTwo(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            return super().read1(len(start) + seen if self.tell() == 0 else 1 << 16)

    out = io.BytesIO()
    redact_stream(InTwo(start + end), out)
    assert b"hunter2" not in out.getvalue()
    assert b"horse" not in out.getvalue()


def test_a_line_leaves_before_the_next_one_comes(process: subprocess.Popen[bytes]) -> None:
    assert said(process, b"password=hunter2\n") == b"password=[redacted]\n"
    assert said(process, b"-----BEGIN PRIVATE KEY-----\n") == b"[redacted]\n"
    assert said(process, b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n") == b"[redacted]\n"
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) == 0


def test_it_ends_quietly_when_its_reader_goes_away(process: subprocess.Popen[bytes]) -> None:
    assert said(process, b"hello\n") == b"hello\n"
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.write(b"nobody reads this\n")
    process.stdin.close()
    assert process.wait(20) == 141
    assert process.stderr.read() == b""


def test_it_ends_quietly_when_interrupted(process: subprocess.Popen[bytes]) -> None:
    assert said(process, b"hello\n") == b"hello\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert process.stderr is not None
    assert process.stderr.read() == b""


def test_lines_that_could_not_be_judged_are_counted_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no")

    failures.take()
    monkeypatch.setattr("orchestrator.core.redaction.text.pair_spans", broken)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo\n")))
    assert main(["redact"]) == 0
    out, err = capfdbinary.readouterr()
    assert out == b"[redacted]\n[redacted]\n"
    assert b"2 lines" in err
