"""`switchback rollback|status|hold`: the same use cases as in the channel, with AWS credentials and nothing else."""

from __future__ import annotations

import argparse
import getpass
import re
import sys
from datetime import UTC, datetime
from typing import Any

from orchestrator import bootstrap
from orchestrator.app import Outcome, views
from orchestrator.app.status_text import sections, summary
from orchestrator.app.views import FlagView, StatusView
from orchestrator.cli import deployment
from orchestrator.core.actors import Actor
from orchestrator.core.commands import Command
from orchestrator.core.durations import say_duration
from orchestrator.core.wording import reads
from orchestrator.ports import SwitchbackError

_TIME = re.compile(r"<t:(\d+):(\w)>")
_MARKS = re.compile(r"\\(.)|\*\*|`|\u200b")
"""What Discord draws and a terminal would show as it stands."""


def add_to(commands: Any) -> None:
    for name, what, run in (
        ("rollback", "take a live rollout, or one flag, back now, and read it back", run_rollback),
        ("status", "where a rollout is, and what its flags hold", run_status),
        ("hold", "stop a rollout from going forward; safeguards stay armed", run_hold),
    ):
        parser = commands.add_parser(name, help=what)
        parser.add_argument(
            "name",
            metavar="PLAN" if name != "rollback" else "PLAN|FLAG",
            nargs=None if name == "rollback" else "?",
            default="",
        )
        if name == "hold":
            parser.add_argument("--all", action="store_true", help="hold the line: no rollout goes forward")
        if name != "status":
            parser.add_argument("--reason", default="", help="why, if there is time: it goes into the audit")
        deployment.add_options(parser)
        parser.set_defaults(run=_guarded(name, run))


def _guarded(name: str, run: Any) -> Any:
    def guarded(options: argparse.Namespace) -> int:
        try:
            deployment.choose(options)
            return int(run(options))
        except (bootstrap.SettingsError, SwitchbackError) as problem:
            print(f"switchback {name}: {problem}", file=sys.stderr)
            print("RUNBOOK.md, “Take a flag off now”, has the one command that needs SSM alone.", file=sys.stderr)
            return 1

    return guarded


def run_rollback(options: argparse.Namespace) -> int:
    """0 only when every flag was read back at its old value."""
    outside = bootstrap.outside()
    is_rollout = not isinstance(views.find_rollout(outside, options.name), str)
    is_flag = not is_rollout and options.name in outside.flags.all()
    outcome = bootstrap.app().run(_command("rollback_flag" if is_flag else "rollback", options.name, options.reason))
    return _say(outcome)


def run_hold(options: argparse.Namespace) -> int:
    if options.all == bool(options.name):
        print("switchback hold: name one PLAN, or hold every rollout with --all", file=sys.stderr)
        return 2
    return _say(bootstrap.app().run(_command("hold_line" if options.all else "pause", options.name, options.reason)))


def run_status(options: argparse.Namespace) -> int:
    outside = bootstrap.outside()
    if options.name:
        found = views.find_rollout(outside, options.name)
        if isinstance(found, str):
            print(f"switchback status: {found}", file=sys.stderr)
            return 1
        shown = [found]
    else:
        shown = [rollout for rollout in views.rollouts(outside) if rollout.is_live]
        if not shown:
            print(f"{outside.environment}: no rollout is live")
    for rollout in shown:
        view = views.status(outside, rollout)
        print(f"{outside.environment} · {rollout.id}: {view.headline}; {view.waits_for}")
        for line in _status_lines(view):
            print(f"  {line}")
        if not view.flags_read:
            print("  SSM cannot be read now; nothing is claimed about the flags", file=sys.stderr)
            return 1
    return 0


def _status_lines(view: StatusView) -> list[str]:
    """The flags first, as they are typed; then what the channel shows."""
    lines = [_flag(flag) for flag in view.flags] if view.flags_read else []
    lines += [_plain(line, view.now) for line in summary(view)]
    for section in sections(view):
        if not section.title.startswith("Flags"):
            lines.append(f"{_plain(section.title, view.now)}:")
            lines += [f"  {_plain(line, view.now)}" for line in section.lines]
    return lines


def _flag(flag: FlagView) -> str:
    live = reads(flag.live.value) if flag.live else "not there"
    wanted = flag.state.desired if flag.state and flag.differs else None
    return f"{flag.name} = {live}" + (f"  (wanted {reads(wanted)})" if wanted is not None else "")


def _plain(line: str, now: int) -> str:
    """A line of the channel without its markup, its times written out."""
    return _MARKS.sub(r"\1", _TIME.sub(lambda found: _time(int(found[1]), found[2], now), line))


def _time(at: int, style: str, now: int) -> str:
    if style == "R":
        away = say_duration(abs(at - now))
        return "now" if at == now else f"in {away}" if at > now else f"{away} ago"
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def _command(verb: Any, target: str, reason: str) -> Command:
    login = getpass.getuser()
    actor = Actor(user_id=f"terminal:{login}", name=login, via="terminal")
    return Command(
        verb=verb, target=target, actor=actor, reason=reason, args={"to": "start"} if verb == "rollback" else {}
    )


def _say(outcome: Outcome) -> int:
    if outcome.refused:
        print(f"nothing was changed: {outcome.reason}", file=sys.stderr)
        return 1
    for report in outcome.written:
        proof = (
            f"written and read back after {report.ms / 1000:.1f} s"
            if report.proven
            else f"NOT read back: SSM {'returned ' + reads(report.read_back) if report.read_back else 'did not answer'}"
        )
        old = reads(report.old) if report.old else "absent"
        print(f"{report.flag}: {old} -> {reads(report.wanted)}, {proof}")
    print(f"{outcome.reason}, {outcome.ms / 1000:.1f} s")
    return 0 if outcome.proven else 1
