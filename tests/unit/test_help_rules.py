"""The rules of help, over all texts and moments that could be."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.assistance.kinds import Helped, HelpEnd, Origin, Standing
from portal.assistance.lifecycle import (
    QUOTE_LEAST,
    HelpFacts,
    check_judging,
    named,
    quotes,
    standing,
)
from portal.foundation.errors import OutOfTurn

DAY = date(2026, 12, 10)
AROUND = st.text(alphabet="甲乙 a1,。（）\n", max_size=20)


@given(AROUND, AROUND, st.integers(2020, 2099), st.integers(1, 99_999), st.uuids(), st.booleans())
def test_a_number_or_an_id_is_found_whatever_stands_around(before, after, year, no, id_, upper):
    number = f"{year}-H{no:04d}"
    said = number if upper else number.lower()
    numbers, ids = named([f"{before} {said} {after}", f"{before}/{id_}?{after}"])
    assert number in numbers
    assert UUID(str(id_)) in ids


@given(
    st.text(alphabet="门换成常开式abc", min_size=QUOTE_LEAST, max_size=60),
    AROUND,
    AROUND,
    st.data(),
)
@settings(max_examples=60)
def test_whole_words_are_found_however_they_are_broken_into_lines(words, before, after, data):
    cut = data.draw(st.integers(0, len(words)))
    assert quotes(f"{before}{words[:cut]}\n  {words[cut:]}{after}", [words])
    assert not quotes(words[: QUOTE_LEAST - 1], [words])
    assert not quotes(f"{before}{words}", [words[: QUOTE_LEAST - 1]]), "short words are chance"


@given(
    st.sampled_from([None, *HelpEnd]),
    st.sampled_from([None, DAY]),
    st.sampled_from([None, *Helped]),
    st.integers(-40, 40),
)
def test_it_is_asked_once_and_only_of_help_that_was_given_so_many_days_ago(end, ask, helped, days):
    facts = HelpFacts(origin=Origin.ASKED, answered_at=None, ended=end, ask_on=ask, helped=helped)
    today = DAY + timedelta(days=days)
    try:
        check_judging(facts, today)
        may = True
    except OutOfTurn:
        may = False
    assert may is (end is HelpEnd.DONE and helped is None and ask is not None and today >= ask)
    assert standing(facts) is (Standing(end.value) if end else Standing.WAITING)
