"""Discord's ids carry the time they were made: the upper 42 bits are milliseconds since 2015."""

EPOCH_MS = 1_420_070_400_000
"""2015-01-01T00:00:00Z in milliseconds, where Discord's ids begin."""

RESPONSE_SECONDS = 3
"""An interaction must be answered within this time, or its token is void."""

TOKEN_SECONDS = 15 * 60
"""An interaction's token is good for this long after the interaction was made."""


def created_at_ms(snowflake: str | int) -> int:
    """When the id was made, in epoch milliseconds. ValueError for what is not an id."""
    number = int(snowflake)
    if number < 0:
        raise ValueError("a Discord id is not negative")
    return (number >> 22) + EPOCH_MS


def created_at(snowflake: str | int) -> int:
    """When the id was made, in epoch seconds, rounded down. ValueError for what is not an id."""
    return created_at_ms(snowflake) // 1000


def first_id_at(at: int) -> int:
    """The smallest id that can have been made at `at` (epoch seconds)."""
    return max(at * 1000 - EPOCH_MS, 0) << 22
