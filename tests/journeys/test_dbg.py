from tests.journeys.journey import *
def test_x(journey):
    journey.expected_statuses.add(503)
    journey.start()
    preview = journey.ask(ENG, "rollout promote", plan=PLAN, reason="rehearsed")
    journey.town.discord.set_state("down")
    journey.confirm(ENG, preview)
    journey.town.discord.set_state("up")
    print(journey.town._next_stop(journey.now+600), journey.now)
    journey.advance("10m")
    for r in journey.desk.requests(): print(r['at'],r['method'],r['path'][:60],r['status'])
    print(journey.log.getvalue())
    assert 0
