"""What can go wrong between the bot and Discord.

    DiscordError
    ├── DiscordUnavailable   not now: rate limit, 5xx, time-out, a proxy's page; try again later
    ├── DiscordRefused       never: Discord understood and said no; the same request is refused again
    ├── DiscordGone          the message, the thread or the interaction's token is no longer there; use another way
    └── DiscordUnauthorised  the bot token is not accepted; nothing works until somebody changes it

None of them holds a token or an address, in its text or in what it was raised from: the interaction's token
is part of the address, and `requests` prints addresses.
"""


class DiscordError(Exception):
    """A request to Discord did not do what was asked."""


class DiscordUnavailable(DiscordError):
    """Discord could not be asked now. The request may or may not have had its effect, so repeat it under the
    same nonce.

    `retry_after`: seconds before which another try is useless, or None where Discord did not say. `unanswered`: no
    answer of Discord's came, or none that says what became of the request: it may well have had its effect.
    """

    def __init__(
        self,
        retry_after: float | None = None,
        why: str = "Discord cannot be reached or is limiting us",
        *,
        unanswered: bool = False,
    ) -> None:
        self.retry_after, self.unanswered = retry_after, unanswered
        when = "" if retry_after is None else f"; it can be asked again in {retry_after:.1f} s"
        super().__init__(f"{why}{when}")


class DiscordRefused(DiscordError):
    """Discord refuses this request and will go on refusing it.

    `status` is the HTTP status, `code` Discord's own (0 where it gave none), `detail` its reasons on one
    line.
    """

    def __init__(self, status: int, code: int, detail: str) -> None:
        self.status = status
        self.code = code
        self.detail = detail
        super().__init__(f"Discord refused the request (HTTP {status}, code {code}): {detail}")


class DiscordGone(DiscordError):
    """What was to be edited, continued or answered is no longer there: a deleted message, an interaction whose token
    is void, a thread that is archived or locked.

    `code` is Discord's: 10008 message, 10015 and 50027 token, 10062 interaction, 50083 archived, 160005 locked.
    """

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"The message, the thread or the interaction is no longer there (code {code})")


class DiscordUnauthorised(DiscordError):
    """Discord does not accept the bot token (HTTP 401)."""

    def __init__(self) -> None:
        super().__init__("Discord does not accept the bot token")
