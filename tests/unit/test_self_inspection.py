"""The rules of self-inspection: periods, due days, who signs, what counts for a unit."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.presets.duties import Duty, Whom
from portal.presets.kinds import Basis, Words
from portal.presets.loader import read
from portal.selfinspections.kinds import (
    CREDITED,
    HazardState,
    InsideState,
    Signer,
    Standing,
    Verdict,
    Way,
)
from portal.selfinspections.lifecycle import (
    HOUR,
    Declared,
    Find,
    Matter,
    NamedPost,
    Task,
    due_on,
    duties_due,
    inside_due,
    is_late,
    judge,
    late_since,
    latest_late,
    owed_months,
    period_of,
    signer_of,
    state_of,
    way_of,
)
from tests.support.presets import CHANGZHOU

PRESET = read(CHANGZHOU).preset
RULES, CALENDAR = PRESET.self_inspection, PRESET.calendar
DAY = timedelta(days=1)
REPORT = datetime(2026, 11, 10, 4, 0, tzinfo=UTC)
KIND = "fire.exit_blocked"
MATTER = Matter(
    category=KIND, known_at=REPORT, by_report=True, is_true=True, day=date(2026, 11, 10)
)
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@given(days, st.sampled_from(["month", "quarter", "year"]))
@settings(max_examples=50)
def test_every_day_lies_in_one_period_and_periods_follow_each_other(day, every):
    period = period_of(day, every)
    assert period.first <= day <= period.last
    assert period_of(period.last + DAY, every).first == period.last + DAY
    assert period_of(period.first, every) == period_of(period.last, every) == period


def test_periods_have_the_names_that_people_use():
    codes = [period_of(date(2026, 11, 30), every).code for every in ("month", "quarter", "year")]
    assert codes == ["2026-11", "2026-Q4", "2026"]


def test_a_month_is_due_on_the_tenth_or_the_working_day_after():
    # 10 October 2026 is a Saturday that is worked, 10 January 2027 a Sunday.
    assert due_on(date(2026, 9, 1), RULES, CALENDAR) == date(2026, 10, 10)
    assert due_on(date(2026, 12, 1), RULES, CALENDAR) == date(2027, 1, 11)


@given(days)
@settings(max_examples=50)
def test_the_newest_late_month_is_over_its_day_and_the_next_is_not(day):
    month = latest_late(day, RULES, CALENDAR)
    following = (month + 32 * DAY).replace(day=1)
    assert due_on(month, RULES, CALENDAR) < day <= due_on(following, RULES, CALENDAR)


def test_a_unit_owes_the_months_since_it_takes_part_that_are_over():
    assert owed_months(date(2026, 9, 1), date(2026, 11, 10)) == [
        date(2026, 10, 1),
        date(2026, 9, 1),
    ]
    assert owed_months(date(2026, 11, 1), date(2026, 11, 30)) == []


def due(today, done=(), going=(), since=date(2026, 1, 1), **of):
    given_ = {"sector": "fire", "size": "small", **of}
    found = duties_due(
        RULES, **given_, since=since, today=today, done=set(done), under_way=set(going)
    )
    return [(one.duty.code, one.period.code, one.standing) for one in found]


def test_what_was_missed_comes_first_and_what_is_done_stands_as_done():
    done = [("regular", "2026-11"), ("full", "2026-Q3"), ("regular", "2026-10")]
    found = due(date(2026, 11, 10), done, going={"full"}, since=date(2026, 9, 15))
    assert found[0] == ("regular", "2026-09", Standing.MISSED)
    assert ("full", "2026-Q4", Standing.UNDER_WAY) in found
    assert ("regular", "2026-11", Standing.DONE) in found
    assert ("regular", "2026-10", Standing.DONE) not in found, "what is over and done is no news"
    assert ("drill", "2026", Standing.OPEN) in found


def test_a_duty_is_asked_of_whom_it_means_and_of_whom_nobody_knows():
    codes = {code for code, _period, _standing in due(date(2026, 11, 10), size="micro")}
    assert "fire_test" not in codes
    assert "fire_test" in {code for code, *_rest in due(date(2026, 11, 10), size=None)}


def test_nothing_is_asked_of_the_time_before_a_unit_took_part():
    assert due(date(2026, 11, 10), since=date(2026, 11, 1))[0][2] is not Standing.MISSED


# who signs


def named(post, since=date(2026, 1, 1), until=None):
    return NamedPost(post=post, from_on=since, until_on=until)


NOW = date(2026, 11, 10)


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ([], Signer.UNNAMED),
        ([named("厂长")], Signer.HOLDS),
        ([named("总经理")], Signer.OTHER),
        ([named("厂长 钱立")], Signer.HOLDS),
        ([named("厂长", until=date(2026, 11, 1))], Signer.LEFT),
        ([named("厂长"), named("总经理", date(2026, 11, 1))], Signer.LEFT),
        ([named("厂长"), named("", date(2026, 11, 1))], Signer.LEFT),
        ([named("总经理", until=date(2026, 11, 1))], Signer.UNNAMED),
        # Named for later: today the first still answers.
        ([named("厂长"), named("总经理", date(2026, 12, 1))], Signer.HOLDS),
        # Written down later, for an earlier day: the later day counts.
        ([named("总经理", date(2026, 11, 1)), named("厂长", date(2026, 2, 1))], Signer.LEFT),
    ],
)
def test_the_chain_says_how_whoever_signs_stands_to_it(chain, expected):
    assert signer_of("钱立", "厂长", chain, NOW) is expected


def test_blanks_and_capitals_make_no_other_post():
    assert signer_of("A", "plant  MANAGER", [named("Plant manager")], NOW) is Signer.HOLDS


# what counts


def find(entered, right=None, late=None, category=KIND):
    return Find(
        id=uuid4(), category=category, entered_at=entered, put_right_at=right, late_since=late
    )


def nil(signed, month=date(2026, 10, 1)):
    return Declared(id=uuid4(), month=month, signed_at=signed)


def verdict(finds=(), nils=(), matter=MATTER):
    return judge(matter, finds, nils, 92).verdict


BEFORE, AFTER = REPORT - 5 * DAY, REPORT + 2 * DAY


@pytest.mark.parametrize(
    ("finds", "nils", "expected"),
    [
        ([find(BEFORE)], [], Verdict.FOUND),
        ([find(BEFORE, AFTER)], [], Verdict.PUT_RIGHT),
        ([find(BEFORE, REPORT - DAY)], [], Verdict.RECURRING),
        ([find(BEFORE, None, date(2026, 11, 8))], [], Verdict.OVERDUE),
        ([find(AFTER)], [], Verdict.TOO_LATE),
        ([find(AFTER)], [nil(REPORT - 3 * DAY)], Verdict.CONCEALED),
        ([find(BEFORE)], [nil(REPORT - 3 * DAY)], Verdict.FOUND),
        ([], [nil(REPORT - 3 * DAY)], Verdict.CONCEALED),
        # Signed when the report was known already: it conceals nothing that it could have said.
        ([], [nil(REPORT + DAY)], Verdict.NOTHING),
        # A return of long ago says nothing of today.
        ([], [nil(REPORT - 300 * DAY, date(2026, 1, 1))], Verdict.NOTHING),
        ([find(BEFORE, category="fire.hydrant")], [], Verdict.NOTHING),
        ([find(BEFORE, category="fire")], [], Verdict.FOUND),
        ([], [], Verdict.NOTHING),
    ],
)
def test_a_report_is_held_beside_what_the_unit_had_declared(finds, nils, expected):
    assert verdict(finds, nils) is expected


@pytest.mark.parametrize(
    ("is_true", "expected"),
    [(True, Verdict.CONCEALED), (None, Verdict.NIL), (False, Verdict.NOTHING)],
)
def test_a_return_of_nothing_found_accuses_nobody_before_the_report_is_found_true(
    is_true, expected
):
    matter = Matter(**{**vars_of(MATTER), "is_true": is_true})
    assert verdict(nils=[nil(REPORT - DAY)], matter=matter) is expected


def vars_of(matter):
    return {name: getattr(matter, name) for name in matter.__dataclass_fields__}


def test_what_was_put_right_did_not_come_back_before_somebody_found_it_true():
    matter = Matter(**{**vars_of(MATTER), "is_true": None})
    assert verdict([find(BEFORE, REPORT - DAY)], matter=matter) is Verdict.PUT_RIGHT


def test_the_hour_of_a_report_counts_for_the_unit_and_the_moment_of_an_announcement_does_not():
    last = REPORT + HOUR - timedelta(seconds=1)
    assert verdict([find(last)]) is Verdict.FOUND
    assert verdict([find(REPORT + HOUR)]) is Verdict.TOO_LATE
    told = Matter(**{**vars_of(MATTER), "by_report": False})
    assert verdict([find(REPORT)], matter=told) is Verdict.TOO_LATE
    assert verdict([find(REPORT - timedelta(seconds=1))], matter=told) is Verdict.FOUND


moments = st.integers(-200, 200).map(lambda hours: REPORT + timedelta(hours=hours))


@given(st.lists(moments, max_size=4), st.lists(moments, max_size=3), st.booleans())
@settings(max_examples=80)
def test_what_was_entered_afterwards_never_helps(entered, signed, is_true):
    """Entering more after a report never makes a credit of what was none."""
    matter = Matter(**{**vars_of(MATTER), "is_true": is_true})
    finds, nils = [find(one) for one in entered], [nil(one) for one in signed]
    more = [*finds, find(REPORT + HOUR), find(REPORT + 90 * DAY, REPORT + 91 * DAY)]
    before, after = verdict(finds, nils, matter), verdict(more, nils, matter)
    assert (before in CREDITED) == (after in CREDITED)


@given(st.lists(moments, max_size=4), st.lists(moments, max_size=3))
@settings(max_examples=80)
def test_a_return_of_nothing_found_never_helps(entered, signed):
    finds = [find(one) for one in entered]
    with_nils = verdict(finds, [nil(one) for one in signed])
    assert (with_nils in CREDITED) == (verdict(finds) in CREDITED)


# own hazards


def test_a_hazard_stands_as_its_tasks_do():
    today = date(2026, 11, 10)
    done = Task(due_on=today, done_at=REPORT)
    assert state_of([], today) is HazardState.NO_TASK
    assert state_of([Task(due_on=today), done], today) is HazardState.BEING_PUT_RIGHT
    assert state_of([Task(due_on=today - DAY), done], today) is HazardState.OVERDUE
    assert state_of([done, done], today) is HazardState.PUT_RIGHT


def test_done_late_stays_late():
    on = {REPORT: date(2026, 11, 10)}
    assert late_since([Task(due_on=date(2026, 11, 9), done_at=REPORT)], on) == date(2026, 11, 9)
    assert late_since([Task(due_on=date(2026, 11, 10), done_at=REPORT)], on) is None
    open_ = [Task(due_on=date(2026, 11, 20)), Task(due_on=date(2026, 11, 12))]
    assert late_since(open_, {}) == date(2026, 11, 12)


def test_rules_without_a_sector_or_size_ask_everybody():
    whom = Whom(sectors=frozenset({"fire"}), sizes=frozenset({"large"}))
    assert whom.means("fire", "large")
    assert whom.means(None, None)
    assert not whom.means("fire", "small")
    assert not whom.means("chemicals", "large")
    duty = Duty(
        code="x", name=Words("检", "x"), every="month", doer="safety_officer", basis=Basis.PRODUCT
    )
    assert duty.whom.means("anything", "micro")


# inside reports


@given(
    st.sampled_from(["inside", "outside", "", None, "rubbish"]),
    st.sampled_from(["no", "yes", "not_sure", "", None, "rubbish"]),
    st.booleans(),
)
def test_a_unit_gets_only_what_was_chosen_for_it_and_is_not_about_its_readers(way, about, is_open):
    goes = way_of(way, about, is_open=is_open)
    assert (goes is Way.INSIDE) == (way == "inside" and about == "no" and is_open)


def test_an_answer_has_its_working_days_and_is_late_after_the_last():
    assert RULES.inside_days == 5
    friday = date(2026, 11, 6)
    due = inside_due(friday, 5, CALENDAR)
    assert due == date(2026, 11, 13)
    assert not is_late(InsideState.WAITING, due, due)
    assert is_late(InsideState.WAITING, due, due + DAY)
    assert not is_late(InsideState.ANSWERED, due, due + DAY)
