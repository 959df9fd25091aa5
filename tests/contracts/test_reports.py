"""Reports of probes, jobs and CI: the table and memory behave alike."""

from __future__ import annotations

from orchestrator.adapters.aws.table.items import REPORT_KEPT
from orchestrator.core.targets import Report
from tests.contracts.table_fixtures import NOW, HeldClock, Tables, clock_fixture, dynamo_fixture, tables_fixture

__all__ = ["clock_fixture", "dynamo_fixture", "tables_fixture"]


def a_report(name: str = "smoke", at: int = NOW, run: str = "1", **more: object) -> Report:
    return Report(name=name, at=at, result="pass", run=run, **more)  # type: ignore[arg-type]  # a table's short rows


def test_a_report_comes_back_whole(tables: Tables) -> None:
    report = a_report(line="12 of 12 — fine", numbers={"coverage": 87.5, "failed": 0}, link="https://ci/1", by="ci")
    tables.reports.put("shop", report)
    assert tables.reports.since("shop", ["smoke"], NOW) == {"smoke": (report,)}


def test_reports_are_oldest_first_whatever_the_order_in_which_they_came(tables: Tables) -> None:
    for at, run in ((NOW, "2"), (NOW + 60, "3"), (NOW - 60, "1")):
        tables.reports.put("shop", a_report(at=at, run=run))
    found = tables.reports.since("shop", ["smoke"], 0)["smoke"]
    assert [report.run for report in found] == ["1", "2", "3"]


def test_a_run_reported_twice_is_one_report(tables: Tables) -> None:
    tables.reports.put("shop", a_report(at=NOW, run="1"))
    tables.reports.put("shop", a_report(at=NOW + 5, run="1"))
    assert [report.at for report in tables.reports.since("shop", ["smoke"], 0)["smoke"]] == [NOW]


def test_older_ones_other_names_and_other_plans_are_left_out(tables: Tables) -> None:
    tables.reports.put("shop", a_report(at=NOW - 1, run="old"))
    tables.reports.put("shop", a_report("smoke-2", run="other name"))
    tables.reports.put("portal", a_report(run="other plan"))
    assert tables.reports.since("shop", ["smoke", "never"], NOW) == {}


def test_a_name_with_a_hash_is_not_taken_for_another(tables: Tables) -> None:
    tables.reports.put("shop", a_report("smoke#2"))
    assert tables.reports.since("shop", ["smoke"], 0) == {}
    assert list(tables.reports.since("shop", ["smoke#2"], 0)) == ["smoke#2"]


def test_only_the_newest_two_hundred_are_given(tables: Tables) -> None:
    for number in range(205):
        tables.reports.put("shop", a_report(at=NOW + number, run=str(number)))
    found = tables.reports.since("shop", ["smoke"], 0)["smoke"]
    assert (len(found), found[0].run, found[-1].run) == (200, "5", "204")


def test_a_report_is_kept_for_ninety_days(tables: Tables, clock: HeldClock) -> None:
    tables.reports.put("shop", a_report())
    clock.at = NOW + REPORT_KEPT - 1
    assert tables.reports.since("shop", ["smoke"], 0)
    clock.at = NOW + REPORT_KEPT
    assert tables.reports.since("shop", ["smoke"], 0) == {}
