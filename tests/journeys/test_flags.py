"""One flag at a time, with and without a rollout, and what `/debug-last` tells of it."""

from __future__ import annotations

from orchestrator import bootstrap
from tests.journeys.journey import ENG, FIRST, OPS, PLAN, SECOND, SUPPORT, VISITOR, Journey, buttons, text


def test_a_free_flag_is_set_with_a_reason_and_rolled_back_without_one(journey: Journey) -> None:
    no_reason = journey.use(ENG, "flag set", flag="PORTAL_PRISMA", value="true")
    assert "needs a reason" in text(no_reason)
    done = journey.confirmed(ENG, "flag set", flag="PORTAL_PRISMA", value="true", reason="try it out")
    assert "`PORTAL_PRISMA`: false → **true**, written and read back" in text(done)
    assert len(journey.posts("ops", "PORTAL_PRISMA set to true by eng-oncall")) == 1
    back = journey.confirmed(OPS, "rollback", what="PORTAL_PRISMA")
    assert "`PORTAL_PRISMA`: true → **false**, written and read back" in text(back)
    assert journey.flag("PORTAL_PRISMA") == "false"
    journey.by_hand(PORTAL_PRISMA="true")
    journey.advance("1m")
    assert journey.flag("PORTAL_PRISMA") == "false", "a rollback is kept until a person sets the flag"


def test_a_flag_that_a_free_hand_set_is_left_alone(journey: Journey) -> None:
    journey.confirmed(ENG, "flag set", flag="PORTAL_PRISMA", value="true", reason="try it out")
    journey.by_hand(PORTAL_PRISMA="false")
    journey.advance("3m")
    assert journey.flag("PORTAL_PRISMA") == "false"
    journey.by_hand(PORTAL_PRISMA="true")
    journey.advance("3m")
    assert journey.flag("PORTAL_PRISMA") == "true"


def test_a_rollout_s_flag_moves_only_towards_safe_and_holds_it(journey: Journey) -> None:
    journey.started_in("admin-reads")
    refused = journey.use(ENG, "flag set", flag="PORTAL_PRISMA", value="true", reason="early")
    assert f"PORTAL_PRISMA belongs to {FIRST}" in text(refused)
    journey.confirmed(ENG, "rollback", what="PERSISTENCE_PRISMA_READS")
    assert (journey.flag("PERSISTENCE_PRISMA_READS"), journey.holds) == ("false", ["rollback"])
    assert len(journey.posts("ops", "The rollout is held until somebody resumes.")) == 1


def test_a_flag_that_a_rollback_keeps_must_be_released_before_a_start(journey: Journey) -> None:
    journey.confirmed(ENG, "rollback", what="PORTAL_PRISMA")
    reply = journey.use(ENG, "rollout start", plan=PLAN, reason="week 39")
    assert "PORTAL_PRISMA is kept at false by rollback by eng-oncall; release it with /flag set first" in text(reply)
    journey.confirmed(ENG, "flag set", flag="PORTAL_PRISMA", value="false")
    journey.start()
    assert journey.stage == "dark-launch"


def test_values_and_flags_that_do_not_exist_are_refused_with_those_that_do(journey: Journey) -> None:
    wrong = journey.use(ENG, "flag set", flag="PORTAL_PRISMA", value="maybe", reason="?")
    assert "PORTAL_PRISMA takes" in text(wrong)
    unknown = journey.use(ENG, "flag get", flag="PORTAL_PRSMA")
    assert "there is no flag PORTAL_PRSMA; there is PORTAL_PRISMA" in text(unknown)
    path = journey.use(ENG, "flag get", flag="../../secrets/db")
    assert "there is no flag" in text(path)


def test_list_get_and_history_tell_what_ssm_holds_and_who_wrote_it(journey: Journey) -> None:
    journey.confirmed(ENG, "flag set", flag="PORTAL_PRISMA", value="true", reason="try it out")
    journey.advance("1m")
    journey.by_hand(PORTAL_PRISMA="false")
    listed = text(journey.use(SUPPORT, "flag list"))
    assert "`PORTAL_PRISMA` **false**" in listed
    assert "`LEGACY_SETTLEMENT` **true**" in listed
    got = text(journey.use(SUPPORT, "flag get", flag="PORTAL_PRISMA"))
    assert "Safe is **false**; it takes" in got
    assert "Free: no rollout owns it." in got
    history = text(journey.use(SUPPORT, "flag history", flag="PORTAL_PRISMA")).splitlines()
    assert [("by hand" in line, "**true**" in line) for line in history if line.startswith("- ")] == [
        (True, False),
        (False, True),
        (True, False),
    ]
    assert "by eng-oncall" in history[2]
    assert buttons(journey.use(VISITOR, "flag list")) == {}
    assert "you hold none of these roles" in text(journey.use(VISITOR, "flag list"))


def test_a_rollout_s_flag_names_its_owner(journey: Journey) -> None:
    journey.start()
    assert f"Locked by {FIRST} until that rollout ends." in text(journey.use(OPS, "flag get", flag="PORTAL_PRISMA"))
    assert f"`PORTAL_PRISMA` **false** · {FIRST}" in text(journey.use(OPS, "flag list"))


def test_debug_last_shows_only_one_s_own_last_trace(journey: Journey) -> None:
    journey.start()
    journey.advance("1m")
    journey.use(OPS, "rollout-status")
    mine = text(journey.use(ENG, "debug-last"))
    assert f"start {PLAN}" in mine
    assert "**decide** start: prisma-persistence-1 started" in mine
    theirs = text(journey.use(OPS, "debug-last"))
    assert "rollout-status" in theirs
    assert f"start {PLAN}" not in theirs
    assert "You have no trace yet" in text(journey.use(SECOND, "debug-last"))


def test_another_one_s_trace_is_shown_only_to_who_may_see_any(journey: Journey) -> None:
    journey.start()
    actor = journey.audit()[0].actor_id
    trace = bootstrap.outside().traces.last_for(journey.town.settings.discord_guild_id, actor)
    assert trace is not None
    hidden = text(journey.use(SECOND, "debug-last", trace=trace.id))
    assert "that you may see" in hidden
    assert f"start {PLAN}" in text(journey.use(OPS, "debug-last", trace=trace.id))


def test_words_of_people_arrive_as_words(journey: Journey) -> None:
    nasty = "@everyone [click](https://example.invalid) ```x``` <@&200000000000000012> \u202eevil\n# big"
    journey.start(reason=nasty)
    (post,) = journey.posts("ops")
    assert post["pings"] == {"users": [], "roles": [], "everyone": False}
    assert "\u202e" not in text(post)
    assert "\\[click\\]" in post["embeds"][0]["description"]
