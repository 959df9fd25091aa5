"""Asking Discord over its REST API.

One request a call, no waiting and no second try: whoever calls has an outbox and comes again. While a rate
limit is known to be closed nothing is sent at all.
"""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from orchestrator.adapters.discord.errors import (
    DiscordError,
    DiscordGone,
    DiscordRefused,
    DiscordUnauthorised,
    DiscordUnavailable,
)
from orchestrator.adapters.discord.payload import without_flags
from orchestrator.adapters.discord.rate_limits import BOT, EVERYTHING, MOST_INVALID, RateLimits
from orchestrator.core.markdown import DASH, clean, is_blank, shorten

if TYPE_CHECKING:
    import requests

__all__ = [
    "BASE",
    "DiscordApi",
    "DiscordError",
    "DiscordGone",
    "DiscordRefused",
    "DiscordUnauthorised",
    "DiscordUnavailable",
]

BASE = "https://discord.com/api/v10"  # without a version in the path Discord answers as version 6
VERSION = "0.1.0"
USER_AGENT = f"DiscordBot (https://github.com/switchback-ops/switchback, {VERSION})"
NONCE = 25

UNANSWERED_SECONDS = 10.0
"""How long nothing is sent after a request ran out of time: each would cost its caller the same seconds, and behind
this caller another flag may be waiting."""

TOKEN_REST_SECONDS = 600.0
"""How long a bot token that Discord does not accept is not shown again. Another token is used at once."""

THREAD_NAME = 100
_ARCHIVED_AFTER = 1440  # minutes without a message; a message unarchives it

_NOT_HANDLED = 503  # Service Unavailable
_ALREADY_ACKNOWLEDGED = 40060
_OVERLOADED = 130000
_THREAD_EXISTS = 160004
_GONE = frozenset({10008, 10015, 10062, 50027, 50083, 160005})
_ADDRESS = re.compile(r"\S*(?:://|/webhooks/|/interactions/)\S*", re.IGNORECASE)


class DiscordApi:
    """The requests the bot makes of Discord. Every method may raise the four errors of `errors`.

    `bot_token` is called when a request needs it, and its own errors pass through. `monotonic` gives seconds
    on a clock that never goes back. `timeout` is (connect, read) in seconds.
    """

    def __init__(
        self,
        application_id: str,
        bot_token: Callable[[], str],
        *,
        monotonic: Callable[[], float],
        session: "requests.Session | None" = None,
        timeout: tuple[float, float] = (2, 5),
    ) -> None:
        self._application_id = application_id
        self._bot_token = bot_token
        self._given_session = session
        self._timeout = timeout
        self._limits = RateLimits(monotonic)

    def create_message(self, channel_id: str, payload: Mapping[str, Any], *, nonce: str) -> str:
        """Post a message and return its id. Repeated under the same nonce within a few minutes, Discord
        returns the message that is already there. A nonce over 25 characters is replaced by its hash."""
        if len(nonce) > NONCE:
            nonce = hashlib.sha256(nonce.encode("utf-8", "replace")).hexdigest()[:NONCE]
        body = {**payload, "nonce": nonce, "enforce_nonce": True}
        return _message_id(self._as_bot("POST", ("channels", channel_id, "messages"), body))

    def edit_message(self, channel_id: str, message_id: str, payload: Mapping[str, Any]) -> None:
        """Replace a message of ours, at any age. An ephemeral one cannot be edited this way."""
        self._as_bot("PATCH", ("channels", channel_id, "messages", message_id), without_flags(dict(payload)))

    def start_thread(self, channel_id: str, message_id: str, name: str) -> str:
        """Open the thread under a message and return its id, the channel to which its messages are posted. There is
        one thread a message, so a repeat returns the same. A name over 100 characters is cut, a blank one a dash."""
        title = " ".join(clean(name).split())
        body = {
            "name": DASH if is_blank(title) else shorten(title, THREAD_NAME),
            "auto_archive_duration": _ARCHIVED_AFTER,
        }
        try:
            return _message_id(self._as_bot("POST", ("channels", channel_id, "messages", message_id, "threads"), body))
        except DiscordRefused as refused:
            if refused.code != _THREAD_EXISTS:
                raise
        return message_id  # which is the thread's id as well

    def edit_reply(self, token: str, payload: Mapping[str, Any]) -> None:
        """Replace the first reply to an interaction, or fill in the one that is "thinking". Needs no bot
        token."""
        path = ("webhooks", self._application_id, token, "messages", "@original")
        self._as_interaction("PATCH", path, without_flags(dict(payload)), token)

    def put_commands(self, guild_id: str, commands: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Make these the guild's commands, all of them and no other, and return them as Discord keeps them,
        with ids."""
        path = ("applications", self._application_id, "guilds", guild_id, "commands")
        answer = self._as_bot("PUT", path, list(commands))
        if not isinstance(answer, list):
            raise DiscordUnavailable
        return answer

    def _as_bot(self, method: str, path: Sequence[str], body: Any) -> Any:
        token = self._bot_token()
        refused = "token:" + hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
        if self._limits.closed_for(refused) is not None:
            raise DiscordUnauthorised
        # The channel, guild or application is what Discord calls the major parameter: each has limits of its
        # own.
        bucket = f"{method} {path[0]}/{path[1]}/{'/'.join(path[2::2])}"
        headers = {"Authorization": f"Bot {token}"}
        try:
            return self._ask(method, path, body, (bucket, BOT, EVERYTHING), headers, secrets=(token,))
        except DiscordUnauthorised:
            self._limits.close(refused, TOKEN_REST_SECONDS)
            raise

    def _as_interaction(self, method: str, path: Sequence[str], body: Any, token: str) -> Any:
        bucket = f"{method} " + hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
        return self._ask(method, path, body, (bucket, EVERYTHING), {}, secrets=(token,))

    def _ask(
        self,
        method: str,
        path: Sequence[str],
        body: Any,
        limits: Sequence[str],
        headers: Mapping[str, str],
        secrets: Sequence[str],
    ) -> Any:
        full = self._limits.full_for()
        if full is not None:
            why = f"Discord has refused {MOST_INVALID} requests within ten minutes, so none is sent to it"
            raise DiscordUnavailable(full, why)
        wait = self._limits.closed_for(*limits)
        if wait is not None:
            raise DiscordUnavailable(wait)
        url = BASE + "/" + "/".join(quote(part, safe="@") for part in path)
        response = self._exchange(method, url, json.dumps(body).encode(), headers)
        if response is None:
            raise DiscordUnavailable(unanswered=True)
        answer = _decoded(response)
        retry_after = self._limits.heard(limits[0], response.status_code, response.headers, answer)
        return _understood(response.status_code, answer, retry_after, secrets)

    def _exchange(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> "requests.Response | None":
        """Discord's answer, or None if there was none. The errors of `requests` end here, all of them: they
        print the address, and an error raised while they are handled would carry them along."""
        import requests  # imported late: it is slow, and answering an interaction does not need it
        import urllib3

        try:
            return self._session().request(
                method,
                url,
                data=body,
                headers={"User-Agent": USER_AGENT, "Content-Type": "application/json", **headers},
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.Timeout:
            self._limits.close(EVERYTHING, UNANSWERED_SECONDS)
            return None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError):
            return None

    def _session(self) -> "requests.Session":
        if self._given_session is None:
            import requests

            self._given_session = requests.Session()
            self._given_session.trust_env = False  # a .netrc must not replace our Authorization
            # urllib3 logs every request's path, and with it the interaction's token.
            logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
        return self._given_session


def _decoded(response: "requests.Response") -> Any:
    """The JSON of an answer; an empty object for an empty success, None for anything else, such as a proxy's
    page."""
    if not response.content and response.status_code < 300:
        return {}
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict | list) else None


def _understood(status: int, answer: Any, retry_after: float | None, secrets: Sequence[str]) -> Any:
    """The answer of a success, or the error that it means."""
    if answer is None or status == 429 or status >= 500 or 300 <= status < 400 or status in (408, 425):
        raise DiscordUnavailable(retry_after, unanswered=_is_in_doubt(status))
    if status < 300:
        return answer
    code = answer.get("code") if isinstance(answer, dict) else None
    if code == _ALREADY_ACKNOWLEDGED:
        return {}
    if code == _OVERLOADED:
        raise DiscordUnavailable(retry_after)
    if code in _GONE:
        raise DiscordGone(code)
    if status == 401:
        raise DiscordUnauthorised
    raise DiscordRefused(status, code if isinstance(code, int) else 0, _detail(answer, secrets))


def _is_in_doubt(status: int) -> bool:
    """Whether the request may have had its effect all the same: an answer that cannot be read, a fault of Discord's on
    the way, or a proxy that lost Discord's answer (502, 504, and Cloudflare's 520 to 524)."""
    # A 503, whoever says it, means that the request was not handled: nobody was there to take it, or Discord is
    # overloaded. If that is wrong once, the next try under the same nonce finds the message. In doubt, each message of
    # an outage would keep its place and its claim until Discord is back, and then all of them come at once.
    return status < 300 or (status >= 500 and status != _NOT_HANDLED)


def _message_id(answer: Any) -> str:
    """The id of the message, or of the thread, in an answer."""
    message_id = answer.get("id") if isinstance(answer, dict) else None
    if not isinstance(message_id, str):
        raise DiscordUnavailable(unanswered=True)
    return message_id


def _detail(answer: Any, secrets: Sequence[str]) -> str:
    """Discord's reasons on one line: its message, and each field it names with what is wrong there."""
    reasons = [str(answer.get("message", ""))] if isinstance(answer, dict) else []
    reasons += _reasons(answer.get("errors") if isinstance(answer, dict) else None, "")
    text = "; ".join(reason for reason in reasons if reason)
    for secret in secrets:
        text = text.replace(secret, "[redacted]") if secret else text
    return shorten(" ".join(clean(_ADDRESS.sub("[redacted]", text)).split()), 500)


def _reasons(tree: Any, path: str) -> list[str]:
    if not isinstance(tree, dict) or path.count(".") > 10:
        return []
    here = tree.get("_errors")
    found = [
        f"{path or 'body'}: {error.get('message', '')} ({error.get('code', '')})"
        for error in (here if isinstance(here, list) else [])
        if isinstance(error, dict)
    ]
    for key, below in tree.items():
        if key != "_errors":
            found += _reasons(below, f"{path}.{key}" if path else str(key))
    return found
