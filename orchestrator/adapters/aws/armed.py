"""What each alarm means, in SSM: one parameter for an alarm and an owner, `{prefix}{alarm}/{owner}`, as JSON.

It is written when a safeguard is armed, so that the way off works while the table cannot be reached.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from orchestrator.adapters.aws.clients import Clients, RefusedByAws, translated
from orchestrator.adapters.binding_text import decode_binding, encode_binding
from orchestrator.ports import Armed, Binding, Refused

_PLAIN = re.compile(r"(?!x-)[A-Za-z0-9_.-]{1,128}")
PER_PAGE = 10


class SsmArmed(Armed):
    """`prefix` is `/{app}/{environment}/safeguards/`."""

    def __init__(self, clients: Clients, prefix: str) -> None:
        self._clients = clients
        self._prefix = f"/{prefix.strip('/')}/"

    def arm(self, alarm: str, binding: Binding) -> None:
        path, text = self._path(alarm, binding.owner), encode_binding(alarm, binding)
        with translated("arming a safeguard"):
            self._clients.ssm.put_parameter(
                Name=path,
                Value=text,
                Type="String",
                Overwrite=True,
                Description="Armed by Switchback: the values these flags get when the alarm fires.",
            )

    def disarm(self, alarm: str, owner: str) -> None:
        try:
            with translated("disarming a safeguard"):
                self._clients.ssm.delete_parameter(Name=self._path(alarm, owner))
        except RefusedByAws as refusal:
            if refusal.code != "ParameterNotFound":
                raise

    def bindings(self, alarm: str) -> list[Binding]:
        """By owner. One that cannot be read does not keep the others from acting; when none can be,
        Refused."""
        found: list[Binding] = []
        unreadable = 0
        for text in self._texts(alarm):
            try:
                binding = decode_binding(text, alarm)
            except ValueError:
                unreadable += 1
                continue
            if binding is not None:
                found.append(binding)
        if unreadable and not found:
            raise Refused("what this alarm means cannot be read: its parameters were changed by somebody else")
        return sorted(found, key=lambda binding: binding.owner)

    def _texts(self, alarm: str) -> list[str]:
        texts: list[str] = []
        more: dict[str, Any] = {}
        while True:
            with translated("reading what an alarm means"):
                page = self._clients.ssm.get_parameters_by_path(
                    Path=self._prefix + _segment(alarm), Recursive=False, MaxResults=PER_PAGE, **more
                )
            texts.extend(parameter["Value"] for parameter in page["Parameters"])
            if not page.get("NextToken"):
                return texts
            more = {"NextToken": page["NextToken"]}

    def _path(self, alarm: str, owner: str) -> str:
        return f"{self._prefix}{_segment(alarm)}/{_segment(owner)}"


def _segment(name: str) -> str:
    """A name as one segment of a path: itself where SSM takes it, else `x-` and 96 bits of its SHA-256.

    An alarm's name may hold any character. One that begins with `x-` itself is hashed too, so that none can
    pose as another's digest.
    """
    if _PLAIN.fullmatch(name):
        return name
    return f"x-{hashlib.sha256(name.encode()).hexdigest()[:24]}"
