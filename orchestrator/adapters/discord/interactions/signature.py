"""Discord's signature, over timestamp and raw bytes, checked before anything is parsed.

Discord sends wrongly signed requests on purpose, at registration and routinely after; whoever lets one through, or
answers it with anything but 401, loses the endpoint.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

MAX_AGE = 300
"""Seconds by which a request may be older or younger than the machine's clock; exactly 300 passes."""

_SIGNATURE = re.compile(r"[0-9a-fA-F]{128}", re.ASCII)
_TIMESTAMP = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)


class Signature:
    """Keys are built once: that costs as much as a check does."""

    def __init__(self, public_keys: Sequence[str]) -> None:
        self._keys = tuple(VerifyKey(binascii.unhexlify(key)) for key in public_keys)

    def accepts(self, body: bytes, signature: str, timestamp: str, now: int) -> bool:
        """Whether one of the keys signed timestamp + body, not more than 300 s away from `now`."""
        if not _SIGNATURE.fullmatch(signature) or not _TIMESTAMP.fullmatch(timestamp):
            return False
        if abs(now - int(timestamp)) > MAX_AGE:
            return False
        return any(self._signed(key, timestamp.encode() + body, binascii.unhexlify(signature)) for key in self._keys)

    @staticmethod
    def _signed(key: VerifyKey, message: bytes, signature: bytes) -> bool:
        try:
            key.verify(message, signature)
        except BadSignatureError:
            return False
        return True
