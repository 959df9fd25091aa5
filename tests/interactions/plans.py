"""The plans behind the door: one that waits for two approvals, and one with all that people can do to a stage."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.gates import ApprovalGate, ProbeGate
from orchestrator.core.plan import Instruct, Rung
from orchestrator.core.targets import Reported, Target
from tests.core.made_plans import checklist, made_plan, on_alarm, people, sets, some, stage

SHOP = made_plan(
    stage("reads", gates=[people("engineering", "ops")], READS="true"),
    stage("writes", soak=600, WRITES="true"),
    safeguards=[on_alarm("shop-outage")],
)
"""Live in every door as shop-1, in its first stage, which waits for two approvals."""

EVERY_TENTH = some(percent=10)

STUDIO = structs.replace(
    made_plan(
        stage(
            "pilots",
            gates=[
                checklist("on-call briefed", "data seeded"),
                checklist("dashboard looked at", needs_evidence=True),
                ProbeGate(probe="smoke", passes=2),
                ApprovalGate(roles=("ops",), name="entry"),
                ApprovalGate(roles=("engineering",), name="exit"),
            ],
            more={"optional": True, "expect": 86_400},
            PILOT=EVERY_TENTH,
        ),
        stage("all", soak=600, more={"no_return": True, "pin": ("SCHEMA",)}, PILOT="true", SCHEMA="true"),
        targets=[Target(name="smoke", call=Reported())],
        ladder=[
            Rung(name="pilot off", action=sets(PILOT="false"), assisted=True),
            Rung(name="restore", action=Instruct(text="RUNBOOK.md#restore")),
        ],
    ),
    name="studio",
)
"""A plan with a definition, checklists, a probe, named approvals, a ladder, and a stage without return."""
