"""What looks alike, and which words in a lesson may name somebody."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.foundation.errors import Incomplete
from portal.lessons.kinds import LessonKind, Like, Naming
from portal.lessons.lifecycle import (
    Conditions,
    Known,
    Matter,
    Names,
    Register,
    Wording,
    came_back,
    check_whole,
    markings,
    months_after,
    shared,
    short_names,
    suggest,
    unanswered,
    wording_of,
)

WHOLE = Conditions(
    sectors=frozenset({"fire"}),
    items=frozenset({"FIRE-DORM/F01"}),
    sizes=frozenset({"small"}),
    places=frozenset({"320412"}),
)
NAMES = Names(
    people=("沈一帆", "林"),
    units=("常州恒泰纸业有限公司（虚构）",),
    addresses=("武进区纸箱路 18 号二楼",),
    reporters=("我每天晚上十点以后从东门进车间上夜班，链条就挂在那里",),
)


def unit(**fields):
    known = {"sector": "fire", "size": "small", "places": frozenset({"320412"})}
    return Matter(**{**known, "items": frozenset({"FIRE-DORM/F01"}), **fields})


@pytest.mark.parametrize(
    ("fields", "least", "found"),
    [
        ({}, 2, (Like.ITEM, Like.SECTOR, Like.SIZE, Like.PLACE)),
        ({"items": frozenset()}, 2, (Like.SECTOR, Like.SIZE, Like.PLACE)),
        ({"items": frozenset(), "sector": "gas"}, 2, ()),  # size and place cause nothing
        ({"sector": None, "size": None, "places": frozenset()}, 2, ()),
        ({"sector": None, "size": None, "places": frozenset()}, 1, (Like.ITEM,)),
        ({"sector": "gas", "size": "large"}, 2, (Like.ITEM, Like.PLACE)),
        ({"size": "large"}, 4, ()),
    ],
)
def test_a_unit_looks_alike_by_sector_or_item_and_enough_conditions(fields, least, found):
    assert shared(WHOLE, unit(**fields), least=least) == found


def test_as_many_conditions_as_a_lesson_names_are_enough():
    assert shared(Conditions(sectors=frozenset({"fire"})), unit(), least=4) == (Like.SECTOR,)
    assert shared(Conditions(), unit(), least=1) == ()


CODES = st.frozensets(st.sampled_from("abc"))
CONDITIONS = st.builds(Conditions, sectors=CODES, items=CODES, sizes=CODES, places=CODES)
UNITS = st.lists(
    st.builds(
        Matter,
        sector=st.sampled_from(["a", "b", None]),
        size=st.sampled_from(["a", "b", None]),
        places=CODES,
        items=CODES,
    ),
    max_size=20,
)


@settings(max_examples=60, deadline=None)
@given(units=UNITS, conditions=CONDITIONS, least=st.integers(1, 4))
def test_all_units_at_once_are_those_that_the_rule_finds_one_by_one(units, conditions, least):
    register = Register(units, least)
    bits = register.alike(conditions)
    one_by_one = [n for n, one in enumerate(units) if shared(conditions, one, least=least)]
    assert list(register.places(bits)) == one_by_one
    assert bits.bit_count() == len(one_by_one)


def test_what_shares_more_is_suggested_first_and_what_shares_nothing_never():
    def lesson(number, **fields):
        return Known(
            id=UUID(int=number), **{"conditions": Conditions(), "category": None, **fields}
        )

    matter = Matter(sector="fire", category="fire.exit_blocked", items=WHOLE.items)
    sector, item = (
        lesson(1, conditions=Conditions(sectors=WHOLE.sectors)),
        lesson(2, conditions=Conditions(items=WHOLE.items)),
    )
    kind, other = lesson(3, category="fire.exit_blocked"), lesson(4, category="gas.leak")
    newer = lesson(5, conditions=Conditions(sectors=WHOLE.sectors), order=1)
    found = suggest([other, sector, kind, item, newer], matter, most=10)
    assert [(one.id.int, why) for one, why in found] == [
        (2, (Like.ITEM,)),
        (3, (Like.CATEGORY,)),
        (5, (Like.SECTOR,)),
        (1, (Like.SECTOR,)),
    ]
    assert len(suggest([sector, kind, item], matter, most=2)) == 2


def marked(text, names=NAMES):
    return [(one.kind, one.words) for one in markings(text, names)]


def test_what_names_somebody_of_the_case_its_unit_or_its_address_is_marked():
    assert marked("沈一帆到现场看过") == [(Naming.PERSON, "沈一帆")]
    assert marked("林业工地也一样") == []  # of one character everything holds it
    assert marked("常州恒泰纸业有限公司（虚构）换了门") == [(Naming.UNIT, NAMES.units[0])]
    assert marked("这家恒泰纸业换了门") == [(Naming.UNIT, "恒泰纸业")]
    assert marked("在纸箱路 18 号二楼") == [(Naming.ADDRESS, "纸箱路 18 号二楼")]
    assert marked("电话 13812345678") == [(Naming.PHONE, "13812345678")]


def test_the_reporters_own_words_are_marked_where_a_run_of_them_stands_in_the_draft():
    said = "有人从东门进车间上夜班，链条就挂在那里，没有人管"
    assert marked(said) == [(Naming.REPORTER, "从东门进车间上夜班，链条就挂在那里")]
    assert marked("夜班的链条") == []


def test_nothing_is_marked_twice_and_every_mark_is_a_piece_of_the_text():
    text = "沈一帆在常州恒泰纸业有限公司（虚构）的纸箱路 18 号二楼"
    found = markings(text, NAMES)
    assert all(text[one.start : one.end] == one.words for one in found)
    assert all(a.end <= b.start for a, b in zip(found, found[1:], strict=False))
    assert [one.kind for one in found] == [Naming.PERSON, Naming.UNIT, Naming.ADDRESS]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("常州恒泰纸业有限公司", ("常州恒泰纸业有限公司", "常州恒泰纸业", "恒泰纸业")),
        ("青枫纺织厂（虚构）", ("青枫纺织厂（虚构）", "青枫纺织")),
        ("小店", ()),
    ],
)
def test_a_units_name_is_found_as_people_shorten_it(name, short):
    assert short_names(name) == short


def test_what_the_author_says_may_stay_is_answered():
    wording = Wording(title="恒泰纸业的门", said={"facts": "沈一帆看过"}, kept=("恒泰纸业",))
    assert [one.words for one in unanswered(wording, NAMES)] == ["沈一帆"]
    assert wording_of(wording.as_body()) == wording
    assert wording_of(None) == Wording(title="", said={})


def test_a_lesson_is_whole_before_somebody_else_reads_it():
    said = {"problem": "锁", "done": "拆", "effect": "花了 3 天", "fits": "厂房"}
    kind = LessonKind.EXPERIENCE_SUMMARY
    check_whole(kind, Wording(title="门", said=said), WHOLE)
    for name, value, field, reason in (
        ("done", " ", "done", "lesson_field_missing"),
        ("effect", "好多了", "effect", "lesson_effect_number"),
    ):
        with pytest.raises(Incomplete) as lack:
            check_whole(kind, Wording(title="门", said={**said, name: value}), WHOLE)
        assert (lack.value.field, lack.value.reason) == (field, reason)
    with pytest.raises(Incomplete, match="lesson_conditions_missing"):
        check_whole(kind, Wording(title="门", said=said), Conditions(sizes=WHOLE.sizes))


def test_a_hazard_comes_back_within_the_months_and_only_afterwards():
    closed, day = datetime(2026, 1, 31, 4, tzinfo=UTC), timedelta(days=1)
    assert months_after(closed, 1) == datetime(2026, 2, 28, 4, tzinfo=UTC)
    assert months_after(closed, 12) == datetime(2027, 1, 31, 4, tzinfo=UTC)
    edge = months_after(closed, 12)
    for at, count in (
        (closed, 0),
        (closed - day, 0),
        (closed + day, 1),
        (edge, 1),
        (edge + day, 0),
    ):
        assert came_back({UUID(int=1): closed}, {UUID(int=1): [at]}, 12) == count, at
    assert came_back({UUID(int=1): closed}, {UUID(int=2): [closed + day]}, 12) == 0
