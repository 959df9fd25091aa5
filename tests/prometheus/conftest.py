"""A real Prometheus on loopback: history is loaded with promtool, so that no test waits for minutes to pass."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.prometheus.exporter import Exporter
from tests.prometheus.history import openmetrics

PATIENCE = 60


@pytest.fixture(scope="session")
def exporter() -> Iterator[Exporter]:
    exporter = Exporter()
    yield exporter
    exporter.close()


@pytest.fixture(scope="session")
def prometheus(exporter: Exporter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    if not (shutil.which("prometheus") and shutil.which("promtool")):
        # .ci/run installs it, so there nothing is skipped.
        pytest.skip("Prometheus is not installed: apt-get install -y --no-install-recommends prometheus")
    home = tmp_path_factory.mktemp("prometheus")
    (home / "history.txt").write_text(openmetrics())
    load = ["promtool", "tsdb", "create-blocks-from", "openmetrics", f"{home}/history.txt", f"{home}/data"]
    subprocess.run(load, check=True, capture_output=True)
    (home / "prometheus.yml").write_text(
        "scrape_configs: [{job_name: live, scrape_interval: 1s, scrape_timeout: 1s, "
        f"static_configs: [{{targets: ['127.0.0.1:{exporter.port}']}}]}}]\n"
    )
    with started(home) as address:
        yield address


class started:
    """The process, from ready to gone."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._address = f"127.0.0.1:{free.getsockname()[1]}"
        self._log = (home / "log").open("w")
        self._process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={home / 'prometheus.yml'}",
                f"--storage.tsdb.path={home / 'data'}",
                "--storage.tsdb.retention.time=5y",
                f"--web.listen-address={self._address}",
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> str:
        until(lambda: requests.get(f"http://{self._address}/-/ready", timeout=1).status_code == 200)
        return f"http://{self._address}"

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._log.close()


def until(happened: Callable[[], bool]) -> None:
    """Looks again and again; for what another process does."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if happened():
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise AssertionError("it did not happen")
