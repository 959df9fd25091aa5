"""`switchback sandbox`: the product on one machine, with a page to play on."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import threading
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import Any

USUAL_PORT = 8700

_KEY = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_PLANS = Path(__file__).parents[2] / "plans"
_SHOWN = ("new-checkout.yaml", "prisma-persistence.yaml", "safeguards.yaml")
"""What there is to play with unless somebody brings plans: a small one first."""


def add_to(commands: Any) -> None:
    parser = commands.add_parser("sandbox", help="play a rollout on this machine: no AWS account, no Discord account")
    parser.add_argument("--port", type=int, help=f"0 takes any free one (default: {USUAL_PORT}, or a free one)")
    parser.add_argument("--plan", type=Path, action="extend", nargs="+", metavar="FILE", help="plans to play")
    parser.add_argument(
        "--public-key", default="", metavar="HEX", help="also accept what the holder of this Ed25519 key signs"
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open the page")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if options.public_key and not _KEY.fullmatch(options.public_key):
        return _refuse("--public-key takes 64 hexadecimal digits, the key as Discord shows it")
    if options.port is not None and not 0 <= options.port <= 65_535:
        return _refuse("--port takes a number from 0 to 65535")
    try:
        from orchestrator.sandbox.server import Server
        from orchestrator.sandbox.town import PlanFault, Town
    except ModuleNotFoundError as missing:
        return _refuse(f"the sandbox needs {missing.name}; `make sandbox` installs what it needs")
    plans = options.plan or [_PLANS / name for name in _SHOWN]
    log = open(os.devnull, "w") if sys.stderr.isatty() else sys.stderr  # noqa: SIM115 (open as long as we run)
    try:
        town = Town(plans, options.public_key, log)
    except PlanFault as fault:
        print(fault, file=sys.stderr)
        return 1
    try:
        server = Server(town, USUAL_PORT if options.port is None else options.port)
    except OSError as problem:
        if options.port is not None:
            return _refuse(f"port {options.port} cannot be used ({problem.strerror}); --port 0 takes any free one")
        server = Server(town, 0)
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
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    _leave()
    return 0


def _leave() -> None:
    """At once: nothing is to be put back, and an interpreter that takes a whole AWS apart, while other threads still
    play in it, takes seconds on a busy machine."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # whoever read it has gone
            stream.flush()
    os._exit(0)


def _has_display() -> bool:
    """Without a display `webbrowser` may start a browser in the terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _refuse(why: str) -> int:
    print(f"switchback sandbox: {why}", file=sys.stderr)
    return 1
