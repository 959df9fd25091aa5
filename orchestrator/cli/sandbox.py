"""`switchback sandbox`: the product on one machine, with a page to play on."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import threading
import webbrowser
from pathlib import Path
from typing import Any

_KEY = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_PLANS = Path(__file__).parents[2] / "plans"


def add_to(commands: Any) -> None:
    parser = commands.add_parser("sandbox", help="play a rollout on this machine: no AWS account, no Discord account")
    parser.add_argument("--port", type=int, default=8700, help="0 takes any free one (default: 8700)")
    parser.add_argument("--plan", type=Path, action="append", metavar="FILE", help="a plan to play; may be repeated")
    parser.add_argument(
        "--public-key", default="", metavar="HEX", help="also accept what the holder of this Ed25519 key signs"
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open the page")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if options.public_key and not _KEY.fullmatch(options.public_key):
        return _refuse("--public-key takes 64 hexadecimal digits, the key as Discord shows it")
    if not 0 <= options.port <= 65_535:
        return _refuse("--port takes a number from 0 to 65535")
    try:
        from orchestrator.sandbox.server import Server
        from orchestrator.sandbox.town import PlanFault, Town
    except ModuleNotFoundError as missing:
        return _refuse(f"the sandbox needs {missing.name}; `make sandbox` installs what it needs")
    plans = options.plan or [_PLANS / "prisma-persistence.yaml", _PLANS / "safeguards.yaml"]
    log = open(os.devnull, "w") if sys.stderr.isatty() else sys.stderr  # noqa: SIM115 (open as long as we run)
    try:
        town = Town(plans, options.public_key, log)
        server = Server(town, options.port)
    except PlanFault as fault:
        print(fault, file=sys.stderr)
        return 1
    except OSError as problem:
        return _refuse(f"port {options.port} cannot be used ({problem.strerror}); --port 0 takes any free one")
    return _serve(town, server, browser=not options.no_browser)


def _serve(town: Any, server: Any, *, browser: bool) -> int:
    def stop(*_: object) -> None:
        town.stopping.set()
        town.wake.set()
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=town.run, daemon=True).start()
    print(f"Sandbox: {server.url}", flush=True)
    if browser and _has_display():
        webbrowser.open(server.url)
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    return 0


def _has_display() -> bool:
    """Without a display `webbrowser` may start a browser in the terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _refuse(why: str) -> int:
    print(f"switchback sandbox: {why}", file=sys.stderr)
    return 1
