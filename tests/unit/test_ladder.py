"""The rules of the ladder, over all ladders' facts and steps that could be."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.discipline.kinds import End, Ground, Step
from portal.discipline.lifecycle import StepFacts, highest, met, skips, suggest
from portal.presets import ladders
from portal.units.kinds import Link
from tests.support.presets import changzhou

NOW = datetime(2026, 11, 10, 4, tzinfo=UTC)
LADDER = changzhou().ladder
DAY = timedelta(days=1)
GROUNDS = st.dictionaries(st.sampled_from(Ground), st.integers(0, 40))


@st.composite
def step(draw):
    """A step whose time for answering is over: proposed, ordered, answered or ended."""
    ordered = draw(st.booleans())
    ended = draw(st.sampled_from([None, *End]))
    return StepFacts(
        id=UUID(int=draw(st.integers(0, 2**64))),
        rung=draw(st.sampled_from(Step)),
        link=Link.MAIN_RESPONSIBLE_PERSON,
        proposed_by=uuid4(),
        ordered_at=NOW - 9 * DAY if ordered else None,
        answer_due_at=NOW - DAY if ordered else None,
        ended=ended if ordered or ended else End.DECLINED,
    )


STEPS = st.lists(step(), max_size=4)


@given(GROUNDS, STEPS)
@settings(max_examples=150, deadline=None)
def test_only_what_a_fact_grounds_is_suggested_and_the_mildest_of_it(grounds, steps):
    found = suggest(LADDER, grounds, steps, NOW)
    top = highest(LADDER, steps)
    above = [rung for rung in LADDER.rungs[top + 1 :] if met(rung, grounds)]
    assert (found.rung if found else None) == (above[0].code if above else None)
    if found:
        assert all(count >= least > 0 for _ground, count, least in found.because)
        assert found.skips == skips(LADDER, steps, found.rung)
    assert suggest(LADDER, grounds, steps[::-1], NOW) == found


@given(STEPS, st.sampled_from(Step))
@settings(max_examples=150, deadline=None)
def test_a_rung_is_left_out_unless_it_is_the_first_reached_or_follows_one_that_stands(steps, asked):
    standing = {one.rung for one in steps if one.ordered_at and one.ended is not End.WITHDRAWN}
    follows = {code for rung in LADDER.rungs if rung.code in standing for code in rung.next}
    reached = max((LADDER.rank(one) for one in standing), default=0)
    allowed = LADDER.rank(asked) <= reached or asked in follows
    assert skips(LADDER, steps, asked) == (not allowed)


@given(GROUNDS, STEPS, st.sampled_from(["awaited", "proposed"]))
@settings(max_examples=60, deadline=None)
def test_while_somebody_is_to_answer_or_decide_nothing_further_is_suggested(grounds, steps, why):
    waiting = StepFacts(
        id=uuid4(),
        rung=Step.REMIND,
        link=Link.GRID,
        proposed_by=uuid4(),
        ordered_at=NOW - DAY if why == "awaited" else None,
        answer_due_at=NOW if why == "awaited" else None,
    )
    assert suggest(LADDER, grounds, [*steps, waiting], NOW) is None


def test_the_presets_words_are_those_of_the_rooms():
    assert tuple(Link) == ladders.LINKS
    assert set(ladders.GROUNDS) == set(Ground)
    assert tuple(Step) == ladders.DISCIPLINARY_STEPS
    assert [rung.code for rung in LADDER.rungs] == list(Step)
