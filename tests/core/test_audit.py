"""The audit chain: whatever is done to it afterwards is found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from orchestrator.core.audit import GENESIS, AuditEntry, first_fault, sealed

FIELDS = [field for field in AuditEntry.__struct_fields__ if field != "hash"]


def chain(length: int = 5) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for seq in range(1, length + 1):
        entry = AuditEntry(
            rollout="shop-1",
            seq=seq,
            at=1_760_000_000 + seq,
            actor_id="1",
            actor="anna",
            via="discord",
            verb="advance",
            reason=f"because of {seq}",
            changes=(("NEW", "false", "true"), ("OLD", None, "true")),
            previous=entries[-1].hash if entries else GENESIS,
        )
        entries.append(sealed(entry))
    return entries


def changed(value: Any) -> Any:
    match value:
        case int():
            return value + 1
        case str():
            return value + "x"
        case _:
            return (*value, ("NEW", "true", "false"))


def test_a_whole_chain_is_sound() -> None:
    entries = chain()
    assert first_fault(entries, entries[-1].hash) == ""


@pytest.mark.parametrize("place", [0, 2, 4], ids=["first", "middle", "last"])
@pytest.mark.parametrize("field", [*FIELDS, "hash"])
def test_a_changed_field_is_found(field: str, place: int) -> None:
    entries = chain()
    head = entries[-1].hash
    entries[place] = structs.replace(entries[place], **{field: changed(getattr(entries[place], field))})
    assert first_fault(entries, head)


@pytest.mark.parametrize("place", [0, 2, 4], ids=["first", "middle", "last"])
@pytest.mark.parametrize("field", FIELDS)
def test_a_changed_field_is_found_although_its_entry_was_sealed_anew(field: str, place: int) -> None:
    entries = chain()
    head = entries[-1].hash
    entries[place] = sealed(structs.replace(entries[place], **{field: changed(getattr(entries[place], field))}))
    assert first_fault(entries, head)


@pytest.mark.parametrize("place", range(5))
def test_a_missing_entry_is_found(place: int) -> None:
    entries = chain()
    head = entries[-1].hash
    del entries[place]
    assert first_fault(entries, head)


@pytest.mark.parametrize("left", range(5))
def test_a_chain_that_was_cut_is_found(left: int) -> None:
    entries = chain()
    assert first_fault(entries[:left], entries[-1].hash) == f"the chain ends at entry {left}, before its head"


def test_an_entry_more_than_the_head_knows_is_found() -> None:
    entries = chain()
    assert first_fault(entries, entries[3].hash)


def test_a_chain_that_was_written_anew_does_not_end_at_its_head() -> None:
    entries, forged = chain(), list[AuditEntry]()
    for entry in entries:
        previous = forged[-1].hash if forged else GENESIS
        forged.append(sealed(structs.replace(entry, actor="nobody", previous=previous)))
    assert first_fault(forged, entries[-1].hash)


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(5)))
def test_any_other_order_is_found(order: list[int]) -> None:
    entries = chain()
    assert bool(first_fault([entries[place] for place in order], entries[-1].hash)) == (order != sorted(order))


def test_the_fault_names_the_entry() -> None:
    entries = chain()
    entries[2] = structs.replace(entries[2], reason="something else")
    assert first_fault(entries, entries[-1].hash) == "entry 3 was changed"
    assert first_fault([*entries[:2], *entries[3:]], entries[-1].hash) == "entry 3 is missing"


def test_a_seal_is_the_same_on_every_machine() -> None:
    assert chain(1)[0].hash == "284784de8c9059333e4fa4a1b6ae6617c1a32ba08449dc7f888742e815e9f674"


def test_sealing_twice_changes_nothing() -> None:
    entry = chain(1)[0]
    assert sealed(entry) == entry
