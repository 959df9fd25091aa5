from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.nearest import did_you_mean, nearest

FLAGS = ["PORTAL_PRISMA", "FINANCIAL_ORCHESTRATOR", "LEGACY_SETTLEMENT"]


def test_every_known_name_is_listed_and_the_likeliest_is_first():
    assert nearest("LEGACY_SETLEMENT", FLAGS)[0] == "LEGACY_SETTLEMENT"
    assert sorted(nearest("LEGACY_SETLEMENT", FLAGS)) == sorted(FLAGS)


def test_letter_case_and_the_kind_of_dash_do_not_count():
    assert did_you_mean("portal-prisma", FLAGS) == "PORTAL_PRISMA"


def test_the_beginning_of_a_name_means_it_however_long_the_rest_is():
    assert did_you_mean("fin", FLAGS) == "FINANCIAL_ORCHESTRATOR"


def test_a_name_that_resembles_nothing_is_not_guessed():
    assert did_you_mean("qqqq", FLAGS) is None
    assert did_you_mean("", FLAGS) is None
    assert did_you_mean("PORTAL", []) is None


def test_names_that_are_equally_near_keep_their_order():
    assert nearest("zzz", ["b1", "a1", "c1", "a1"]) == ["b1", "a1", "c1"]


@given(st.text(), st.lists(st.text(), max_size=6))
def test_any_name_is_ranked(name, known):
    assert sorted(nearest(name, known)) == sorted(set(known))
