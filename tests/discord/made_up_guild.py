"""The names of a guild that exists only in these tests, and a clock that only a test moves."""

from orchestrator.sandbox.discord import Person

APPLICATION, GUILD, OPS, ALERTS = "1001", "2002", "3001", "3002"
BOT_TOKEN = "MTAwMQ.GhostToken.do-not-print-this"  # made up
START = 1_758_877_200  # 2025-09-26T09:00:00Z
ALICE = Person("501", "alice")
BOB = Person("502", "bob")


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now
