"""Alerts in a Discord channel: one message a problem, edited, with a thread line for each change of state.

An edit notifies nobody, and the line of a resolved problem need not either: only a new message, a line in the thread
for those who follow it, and a call with a role's ping do.

The message is what counts. A thread that the bot may not use, or that somebody has locked, costs those who follow it a
line; the edit stands, and nothing is tried again for its sake.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import structs

from orchestrator.adapters.discord.channel import translated
from orchestrator.adapters.discord.errors import DiscordGone, DiscordRefused
from orchestrator.adapters.discord.payload import message, without_flags
from orchestrator.adapters.discord.rendering import render
from orchestrator.adapters.discord.rest import DiscordApi
from orchestrator.core.alerting.telling import Notification, Receipt
from orchestrator.core.durations import say_duration
from orchestrator.core.markdown import plain, shorten
from orchestrator.ports import Gone, Receiver, Refused
from orchestrator.telemetry.logs import get_logger

log = get_logger()

THREAD_NAME = 100
"""Characters of a thread's name (Discord: Channel object, name)."""

NO_THREAD = "none"
"""In the place of a thread's id: this alert has no thread that takes lines, and none is asked for again."""

FORBIDDEN_SECONDS = 3600.0
"""How long no thread of a channel is used after Discord has answered 403: that right is the channel's, and each
refusal counts towards the block of our address. Shorter than forever, so that a right granted since is noticed."""

_UNKNOWN_CHANNEL, _UNKNOWN_MESSAGE, _ARCHIVED, _LOCKED = 10003, 10008, 50083, 160005


class DiscordAlerts(Receiver):
    """`channel` says where to post, at each sending: the alert channel may be changed at run time. `roles` are the ids
    of the roles that may be called, by name. `monotonic` gives seconds on a clock that never goes back.

    Gone means that the alert's own message was deleted. A thread that takes no line raises nothing: it is logged, and
    the receipt says which thread to use from then on, if any."""

    edits = True

    def __init__(
        self,
        api: DiscordApi,
        channel: Callable[[], str],
        roles: Mapping[str, str],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api, self._channel, self._roles, self._monotonic = api, channel, roles, monotonic
        self._forbidden_until: dict[str, float] = {}

    def send(self, notification: Notification) -> Receipt:
        match notification.kind:
            case "new" | "call" | "digest":
                return self._posted(notification)
            case "change" | "count":
                return self._edited(notification)

    def _posted(self, notification: Notification) -> Receipt:
        payload = self._payload(notification)
        channel = self._channel()
        try:
            with translated("the alert"):
                message_id = self._api.create_message(channel, payload, nonce=notification.key)
        except Gone as gone:
            # The channel itself is a closed thread. The alert's own message may well be there, and must not be made
            # anew for that: the new one would meet the same.
            raise Refused(str(gone)) from None
        # A call is a message beside the alert's own: that one stays the one that is edited.
        own = f"{channel}/{message_id}"
        return Receipt(message=notification.message if notification.kind == "call" else own, thread=notification.thread)

    def _edited(self, notification: Notification) -> Receipt:
        channel, _, message_id = notification.message.partition("/")
        thread = notification.thread
        with translated("the alert"):
            self._api.edit_message(channel, message_id, self._payload(notification))
            if notification.news and thread != NO_THREAD and not self._is_forbidden(channel):
                try:
                    thread = self._say_in_thread(notification, channel, message_id)
                except (DiscordRefused, DiscordGone) as refusal:
                    if refusal.code == _UNKNOWN_MESSAGE:
                        raise
                    thread = self._without_line(notification, channel, refusal)
        return Receipt(message=notification.message, thread=thread)

    def _say_in_thread(self, notification: Notification, channel: str, message_id: str) -> str:
        """Post what is new in the alert's thread, and return the thread's id. One that was deleted is started anew,
        once."""
        silent = notification.notice.kind == "resolved"
        lines = message("\n".join(notification.news), silent=silent)
        if notification.thread:
            try:
                self._api.create_message(notification.thread, lines, nonce=notification.key)
                return notification.thread
            except DiscordRefused as refused:
                if refused.code != _UNKNOWN_CHANNEL:
                    raise
        name = shorten(plain(notification.about or notification.notice.headline), THREAD_NAME)
        thread = self._api.start_thread(channel, message_id, name)
        self._api.create_message(thread, lines, nonce=notification.key)
        return thread

    def _without_line(self, notification: Notification, channel: str, refusal: DiscordRefused | DiscordGone) -> str:
        """The thread to use after a line that was refused: none, where the next would be refused as well."""
        about = {"sending": notification.key, "channel": channel, "code": refusal.code}
        if isinstance(refusal, DiscordRefused) and refusal.status == 403:
            self._forbidden_until[channel] = self._monotonic() + FORBIDDEN_SECONDS
            log.warning(
                "an alert goes without its thread: grant the bot Create Public Threads and Send Messages in Threads",
                extra=about,
            )
            return NO_THREAD
        if refusal.code in (_UNKNOWN_CHANNEL, _ARCHIVED, _LOCKED):
            log.warning("an alert goes without its thread: it was deleted, archived or locked", extra=about)
            return NO_THREAD
        # Too many active threads, or a text that the server's own filter does not let through: that passes.
        log.warning("an alert's thread did not take a line: %s", refusal, extra=about)
        return notification.thread

    def _is_forbidden(self, channel: str) -> bool:
        return self._monotonic() < self._forbidden_until.get(channel, 0.0)

    def _payload(self, notification: Notification) -> dict[str, Any]:
        notice = notification.notice
        more = []
        if notification.late and notification.kind != "call":
            more.append(f"Late by {say_duration(notification.late)}: it could not be posted before.")
        # Only a message can stand there twice: an edit repeated is the same edit.
        if notification.repeat and notification.kind not in ("change", "count"):
            more.append("This may be a repeat: an earlier sending was never confirmed.")
        shown = structs.replace(notice, lines=(*more, *notice.lines))
        role = self._roles.get(notification.ping, "")
        silent = notice.tone == "ok"
        body = render(shown, notification.buttons, silent=silent, mention_role=role)
        return without_flags(body) if notification.kind in ("change", "count") else body
