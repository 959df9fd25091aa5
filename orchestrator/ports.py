"""What Switchback needs of the outside, and the few ways in which it can fail.

Adapters translate every foreign error at their border into this family; one contract suite a port holds the memory
and the AWS adapters to the same behaviour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from orchestrator.core.alerting.alert import Group
from orchestrator.core.alerting.board import Board
from orchestrator.core.alerting.digest import Digest
from orchestrator.core.alerting.policy import Policy
from orchestrator.core.alerting.telling import Notification, Receipt
from orchestrator.core.audit import AuditEntry
from orchestrator.core.commands import Confirmation
from orchestrator.core.console import Console
from orchestrator.core.effects import Outgoing, Post
from orchestrator.core.facts import FlagVersion, LiveFlag, Mark
from orchestrator.core.gates import Evidence
from orchestrator.core.notices import Notice
from orchestrator.core.own_logs import LogLine
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import Rollout
from orchestrator.core.signals import AlarmReading, Measurement, Wanted
from orchestrator.core.targets import Call, Report, Result
from orchestrator.core.trace import TraceRecord
from orchestrator.core.verdicts import Verdict
from orchestrator.core.work import Work


class SwitchbackError(Exception):
    """The root of the family. Texts are fit for a log line: no secret, no foreign exception's words."""


class Unavailable(SwitchbackError):
    """The far side did not answer, or asked to come back later. Nothing may be assumed; try again.

    `unanswered`: it may well have done what it was asked, and only its answer is missing.
    """

    def __init__(self, what: str, retry_after: float | None = None, *, unanswered: bool = False) -> None:
        super().__init__(what)
        self.retry_after, self.unanswered = retry_after, unanswered


class Refused(SwitchbackError):
    """The far side said no, and will say no again."""


class Gone(Refused):
    """What was to be changed is not there any more: an expired reply token, a deleted message."""


class Conflict(SwitchbackError):
    """Somebody else moved first. Load again and decide again."""


class AlreadyDone(SwitchbackError):
    """This interaction, or this confirmation, was carried out before."""


class Locked(SwitchbackError):
    """A flag belongs to another rollout, or a plan has a live one already. `holder` is that rollout's id."""

    def __init__(self, what: str, holder: str) -> None:
        super().__init__(f"{what} belongs to {holder}")
        self.what, self.holder = what, holder


class UnknownSchema(SwitchbackError):
    """The item was written by a newer Switchback than this one. It is left alone."""


class Clock(Protocol):
    def now(self) -> int:
        """Epoch seconds, UTC."""

    def now_ms(self) -> int:
        """Epoch milliseconds, for measuring how long a thing took."""

    def sleep(self, seconds: float) -> None:
        """Wait. Only the read-back of a flag waits, and never for more than a few seconds."""


class Ids(Protocol):
    def new(self) -> str:
        """An unguessable id, URL-safe, at most 22 characters."""


class Flags(Protocol):
    """The parameters under the flag prefix; names are short, without the prefix."""

    def read(self, names: Iterable[str]) -> dict[str, LiveFlag]:
        """By plain name, strongly as SSM can; names that do not exist are left out."""

    def all(self) -> dict[str, LiveFlag]: ...

    def write(self, name: str, value: str, mark: Mark) -> int:
        """Overwrite, and return the new version. Creates the parameter if it is gone."""

    def mark(self, name: str) -> Mark | None:
        """The mark on the current version, or None when its last writer was not us."""

    def history(self, name: str, limit: int = 20) -> list[FlagVersion]:
        """Newest first; empty for a parameter that does not exist."""


class Binding(Struct, frozen=True, kw_only=True):
    """What an armed alarm means for one owner (a rollout's id, or `standing`)."""

    owner: str
    values: tuple[tuple[str, str], ...]


class Armed(Protocol):
    """Safeguards as projected into SSM, so that the way off needs SSM alone."""

    def arm(self, alarm: str, binding: Binding) -> None: ...

    def disarm(self, alarm: str, owner: str) -> None: ...

    def bindings(self, alarm: str) -> list[Binding]: ...


class Signals(Protocol):
    """Request and collect: a measurement may be `pending`; the same question later collects it. Errors are answers."""

    def measure(self, wanted: Sequence[Wanted], now: int) -> dict[Wanted, Measurement]: ...

    def alarms(self, names: Sequence[str]) -> dict[str, AlarmReading]:
        """Alarms that do not exist are left out. Raises Unavailable when none can be read."""


class Transition(Struct, frozen=True, kw_only=True):
    """One conditional write: the next state, its effects, its audit entry, and what it uses up."""

    before: Rollout | None
    after: Rollout
    effects: tuple[Outgoing, ...] = ()
    entry: AuditEntry | None = None
    interaction_id: str = ""
    confirmation: str = ""
    cards: tuple[Confirmation, ...] = ()


class Waiting(Struct, frozen=True, kw_only=True):
    """An effect in the outbox. `key` is stable over tries: the far side recognises a repeat by it."""

    rollout: str
    seq: int
    key: str
    effect: Outgoing
    created_at: int
    not_before: int = 0
    tries: int = 0
    buttons: tuple[str, ...] = ()


class Rollouts(Protocol):
    """The state, its outbox and its audit chain."""

    def load(self, rollout_id: str) -> Rollout | None:
        """Strongly consistent. Raises UnknownSchema, Unavailable."""

    def save(self, transition: Transition) -> None:
        """All or nothing. Raises Conflict, AlreadyDone, Locked, Unavailable. A write whose reply was lost is
        recognised as our own by its transition id."""

    def due(self, now: int) -> list[str]:
        """Ids of live rollouts whose next check is not after `now`."""

    def live(self) -> list[str]:
        """Ids of all live rollouts but the standing one."""

    def live_of(self, plan: str) -> str | None:
        """The plan's live rollout, strongly consistent."""

    def recent(self, limit: int = 25) -> list[str]:
        """Ids of the newest rollouts, newest first, live or not."""

    def next_number(self, plan: str) -> int: ...

    def fences(self, flags: Iterable[str]) -> dict[str, int]:
        """The highest fencing number each flag has had; 0 when it never had one."""

    def owners(self, flags: Iterable[str]) -> dict[str, str]:
        """Flag to the rollout that holds its lock; free flags are left out."""

    def waiting(self, rollout_id: str, now: int) -> list[Waiting]:
        """The outbox, oldest first, due by `now`."""

    def done(self, effect: Waiting, message_id: str = "") -> None: ...

    def later(self, effect: Waiting, not_before: int) -> None: ...

    def fold(self, effects: Sequence[Waiting], into: Post, key: str) -> Waiting:
        """Replace messages that wait (of one rollout, at most 100) by one under this key, which stands where the first
        stood. All or nothing: raises Conflict when one of them is done or folded already, Unavailable. Returns what
        waits now."""

    def audit(self, rollout_id: str) -> list[AuditEntry]: ...

    def seen(self, interaction_id: str) -> bool: ...

    def verified(self, rollout_id: str, versions: Mapping[str, tuple[int, int]], at: int) -> Rollout | None:
        """Record, for flag: (fence, SSM version), that the desired value was read back at `at`. Entries whose fence has
        moved on are dropped. Returns the state as it then is."""

    def measured(
        self, rollout_id: str, verdicts: Sequence[Verdict], at: int, evidence: Mapping[str, Evidence] = {}
    ) -> None:
        """The newest verdicts and what the sequential judges have seen, beside the state; the last writer wins."""

    def evidence(self, rollout_id: str) -> dict[str, Evidence]:
        """What the sequential judges had seen when `measured` was last called; nothing for what cannot be read, which
        is then measured anew."""

    def last_measured(self, rollout_id: str) -> tuple[tuple[Verdict, ...], int]: ...


class Published(Struct, frozen=True, kw_only=True):
    name: str
    title: str
    hash: str
    by: str
    at: int


class Plans(Protocol):
    """Compiled plans under their hash, immutable; a name points to its latest."""

    def publish(self, plan: Plan, by: str, now: int) -> str: ...

    def latest(self, name: str) -> Published | None: ...

    def get(self, plan_hash: str) -> Plan | None: ...

    def names(self) -> list[Published]: ...


class Reports(Protocol):
    """Results of probes, jobs and CI, by plan. They are kept for ninety days."""

    def put(self, plan: str, report: Report) -> None:
        """The same run again changes nothing."""

    def since(self, plan: str, names: Iterable[str], at: int) -> dict[str, tuple[Report, ...]]:
        """Reports no older than `at`, oldest first; names without any are left out. At most 200 a name, the newest."""


class Answer(Struct, frozen=True, kw_only=True):
    """What a target answered. `later`: it will report by itself."""

    result: Result
    line: str = ""
    numbers: dict[str, float] = {}
    link: str = ""
    later: bool = False


class Targets(Protocol):
    """Probes and jobs. Only what the stack has opted in is ever called."""

    def call(self, call: Call, *, plan: str, stage: str, run: str) -> Answer:
        """Runs it and waits for its answer, at most 25 seconds. A target that is not opted in, does not exist or
        cannot be reached answers `error` with why; raises nothing."""


class Completions(Protocol):
    """Which plans were completed in which environment of this application."""

    def publish(self, plan: str, plan_hash: str, rollout: str, at: int) -> None: ...

    def of(self, plan: str, environments: Iterable[str]) -> dict[str, str]:
        """Environment to the hash completed there last; those without are left out. Raises Unavailable, Refused."""


class Confirmations(Protocol):
    def put(self, confirmation: Confirmation) -> None: ...

    def get(self, confirmation_id: str) -> Confirmation | None: ...


class Traces(Protocol):
    """What commands and decisions did, by guild; never another guild's. Of what people did the newest hundred can be
    read, and the newest hundred of what Switchback did by itself: a writer that dies half-way leaves room for an older
    one, never for more."""

    def put(self, record: TraceRecord) -> None:
        """One that was put before, under the same id, is replaced."""

    def last_for(self, guild_id: str, actor_id: str) -> TraceRecord | None:
        """This actor's own newest, asked for or confirmed as second person; None for one who has none."""

    def get(self, guild_id: str, trace_id: str) -> TraceRecord | None: ...

    def recent(self, guild_id: str, limit: int = 25, *, actor_id: str | None = None) -> list[TraceRecord]:
        """Newest first, of all actors or of one alone."""


class Logs(Protocol):
    """What Switchback itself has logged."""

    def of_trace(self, trace_id: str, start: int, end: int, within: float) -> tuple[LogLine, ...] | None:
        """The lines of one trace from `start` to `end` (epoch seconds), oldest first; None when the search did not end
        within so many seconds. Raises Unavailable, Refused."""


class Queue(Protocol):
    def send(self, work: Work) -> None:
        """Raises Unavailable. At least once; the order is not kept."""

    def hand_back(self, receipt: str, seconds: int) -> None:
        """Let a message that failed come again after `seconds`, sooner than the queue would by itself."""


class Channel(Protocol):
    """The ops channel, where rollouts are told. Nothing in the path of a flag waits for it. Alerts go to a Receiver."""

    def post(self, notice: Notice, *, key: str, buttons: Sequence[str] = ()) -> str:
        """Returns the message's id. `key` makes a repeat harmless; `buttons` are ids, one for each action."""

    def finish(self, token: str, notice: Notice) -> None:
        """Complete the reply to an interaction. Raises Gone when its token has expired."""


class Pager(Protocol):
    """The path that does not need the chat. Subscribers may filter by what `labels` says, such as the severity."""

    def page(self, subject: str, text: str, labels: Mapping[str, str] = {}) -> None: ...


class AlertChange(Struct, frozen=True, kw_only=True):
    """One conditional write of alerts: groups, the board and a digest, each as it was read and as it shall be. `event`:
    the id of what happened, which counts once."""

    groups: tuple[tuple[Group | None, Group], ...] = ()
    board: tuple[Board, Board] | None = None
    digest: tuple[Digest | None, Digest] | None = None
    event: str = ""


class Alerts(Protocol):
    """The state of alerts. Every item has a version, and a save counts it on."""

    def group(self, key: str) -> Group | None:
        """Strongly consistent. Raises UnknownSchema, Unavailable."""

    def open(self) -> list[Group]:
        """Every group that is not closed, by an index that trails by a moment: whoever acts on one loads it. One that
        cannot be read is logged and left out: the others are told all the same."""

    def board(self) -> Board: ...

    def digests(self) -> list[Digest]:
        """Those that were not sent yet, oldest first. One that cannot be read is logged and left out."""

    def save(self, change: AlertChange) -> None:
        """All or nothing. Raises Conflict (somebody else moved first), AlreadyDone (the event was counted before),
        Unavailable, and Refused (it is too large)."""


class Receiver(Protocol):
    """One way to people: a channel, a topic. `edits`: whether what was sent can be changed afterwards."""

    edits: bool

    def send(self, notification: Notification) -> Receipt:
        """Raises Unavailable (again later, with the same key), Gone (its message is there no more), Refused."""


class Links(Protocol):
    """Addresses of pages about a thing; empty where there is none."""

    def runbook(self, rule: str) -> str: ...

    def dashboard(self, alarm: str) -> str:
        """The alarm's own page, or the stack's dashboard where no alarm is behind it."""

    def message(self, receiver: str, message: str) -> str:
        """Where a message stands in the chat."""


class Switches(Protocol):
    """Switchback's own runtime flags."""

    def is_on(self, name: str) -> bool: ...

    def alert_channel(self) -> str:
        """The id of the channel for alerts as it is now."""


class Outside(Struct, frozen=True, kw_only=True):
    """Every port, as the composition root fills them in. `environment` is said in every reply."""

    environment: str
    app_name: str
    guild_id: str
    access_hash: str
    clock: Clock
    ids: Ids
    flags: Flags
    armed: Armed
    signals: Signals
    rollouts: Rollouts
    plans: Plans
    reports: Reports
    targets: Targets
    completions: Completions
    confirmations: Confirmations
    traces: Traces
    logs: Logs
    console: Console
    queue: Queue
    channel: Channel
    pager: Pager
    switches: Switches
    alerts: Alerts
    alert_policy: Policy
    receivers: Mapping[str, Receiver]
    links: Links
