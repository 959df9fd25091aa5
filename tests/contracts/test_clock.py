"""Time and chance."""

from __future__ import annotations

import re

from orchestrator.adapters.clock import SystemClock, SystemIds


def test_the_two_clocks_tell_the_same_time() -> None:
    clock = SystemClock()
    before = clock.now()
    assert before <= clock.now_ms() // 1_000 <= clock.now()
    assert before > 1_700_000_000


def test_not_waiting_takes_no_time() -> None:
    clock = SystemClock()
    before = clock.now_ms()
    clock.sleep(0)
    clock.sleep(-3)
    assert clock.now_ms() - before < 1_000


def test_ids_are_short_safe_in_urls_and_never_the_same() -> None:
    ids = [SystemIds().new() for _ in range(1_000)]
    assert len(set(ids)) == 1_000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", one) for one in ids)
