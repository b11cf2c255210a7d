"""Arithmetic of days and hours against references that count one by one."""

import csv
from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest

from portal.clocks.days import Days, SkipReason, add_months, days_of
from portal.clocks.due import due, due_by, due_on, latest_before, worked_between
from portal.presets.kinds import Calendar, TimeUnit, Words
from tests.support.clocks import (
    HOLIDAY,
    ZONE,
    at,
    calendar_2026,
    make_calendar,
    make_limit,
    make_policy,
)
from tests.support.shared import shared_data

POLICY = make_policy()
MINUTE = timedelta(minutes=1)


def last_day(start: str, value: int, unit: str, calendar: Calendar | None = None) -> str:
    limit = make_limit("given", value, unit)
    return due(at(start), limit, calendar or calendar_2026(), POLICY).last_day.isoformat()


@pytest.mark.trap(8)
def test_any_set_of_weekdays_gives_the_working_hours_of_a_minute_by_minute_count() -> None:
    calendar = make_calendar(rest=[date(2026, 3, 10)], working=[date(2026, 3, 8)])
    first = datetime(2026, 3, 2, tzinfo=ZONE)
    minutes = [first + n * MINUTE for n in range(130 * 24 * 60)]
    open_minutes = [
        n
        for n in range(24 * 60)
        if 510 <= n < 720 or 810 <= n < 1050  # 08:30 to 12:00 and 13:30 to 17:30
    ]
    sets = [frozenset(s) for size in range(1, 8) for s in combinations(range(7), size)]
    assert len(sets) == 127
    for weekdays in sets:
        days = Days(calendar, weekdays)
        worked = []
        for day in range(130):
            this = first.date() + timedelta(days=day)
            is_rest = this == date(2026, 3, 10) or this.weekday() not in weekdays
            if this == date(2026, 3, 8) or not is_rest:
                worked += [day * 1440 + minute for minute in open_minutes]
        for hour in range(24):
            start = (hour % 7) * 1440 + hour * 60 + 17
            for hours in (1, 8, 37):
                # The due date is the end of the last minute that is needed.
                place = worked[bisect_left(worked, start) + hours * 60 - 1] + 1
                found = due_by(minutes[start], TimeUnit.WORKING_HOUR, hours, days, POLICY)
                assert found.due_at == minutes[place], (weekdays, hour, hours)
            for count in (1, 9):
                expected = _nth_working_day(minutes[start].date(), count, calendar, weekdays)
                found = due_by(minutes[start], TimeUnit.WORKING_DAY, count, days, POLICY)
                assert found.last_day == expected, (weekdays, hour, count)


def _nth_working_day(day: date, count: int, calendar: Calendar, weekdays: frozenset[int]) -> date:
    while count:
        day += timedelta(days=1)
        is_rest = day in calendar.rest or day.weekday() not in weekdays
        count -= day in calendar.working or not is_rest
    return day


@pytest.mark.trap(6)
def test_national_day_and_its_make_up_saturday_equal_the_hand_count() -> None:
    limit = make_limit("given", 15, "working_day")
    found = due(at("2026-09-29T16:30"), limit, calendar_2026(), POLICY)
    # 30 Sep; 8, 9, Sat 10 Oct; 12 to 16; 19 to 23; 26 Oct.
    assert found.last_day == date(2026, 10, 26)
    assert found.due_at == at("2026-10-27T00:00")
    assert found.made_up == (date(2026, 10, 10),)
    holidays = [one.day.day for one in found.skipped if one.reason is SkipReason.HOLIDAY]
    assert holidays == [1, 2, 5, 6, 7]
    assert len(found.counted) == 15
    assert len(found.counted) + len(found.skipped) == 27


def test_the_calendar_agrees_with_an_independent_package_on_every_day() -> None:
    days = days_of(calendar_2026())
    day = date(2026, 1, 1)
    while day.year == 2026:
        assert days.is_working(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_working_days_agree_with_an_independent_package_over_ten_years() -> None:
    first, last = date(2015, 1, 1), date(2025, 12, 31)
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    calendar = make_calendar(
        rest=[d for d in every if d.weekday() < 5 and not chinese_calendar.is_workday(d)],
        working=[d for d in every if d.weekday() >= 5 and chinese_calendar.is_workday(d)],
    )
    worked = [day for day in every if chinese_calendar.is_workday(day)]
    days = days_of(calendar)
    for start in every[30:-120:11]:
        place = bisect_left(worked, start + timedelta(days=1))
        for count in (1, 2, 5, 15, 60):
            assert days.after(start, count) == worked[place + count - 1]
        assert days.between(start, worked[place + 59]) == 60
        assert days.before(worked[place + 59], 60) == worked[place - 1]


def test_every_row_of_the_shared_oracle_is_met() -> None:
    folder = shared_data()
    if folder is None:
        pytest.skip("needs the shared data folder")
    with (folder / "holidays-cn" / "special_days.csv").open(encoding="utf-8") as lines:
        special = list(csv.DictReader(lines))
    off = {d["date"]: d["name"] for d in special if d["is_off_day"] == "True"}
    calendar = make_calendar(
        rest={date.fromisoformat(d): Words(zh=name, en=name) for d, name in off.items()},
        working=[date.fromisoformat(d["date"]) for d in special if d["is_off_day"] == "False"],
    )
    days = days_of(calendar)
    with (folder / "holidays-cn" / "working_day_oracle.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 339
    for row in rows:
        limit = make_limit("given", int(row["n_working_days"]), "working_day")
        found = due(at(f"{row['start']}T09:00"), limit, calendar, POLICY)
        assert found.last_day.isoformat() == row["due"]
        assert days.is_working(date.fromisoformat(row["start"])) == (row["start_is_workday"] == "1")


def test_a_limit_ends_at_24_00_of_its_last_day_and_that_moment_is_still_in_time() -> None:
    found = due(at("2026-03-02T23:59"), make_limit("x", 1, "working_day"), calendar_2026(), POLICY)
    assert found.due_at == datetime(2026, 3, 3, 16, tzinfo=UTC)
    assert found.due_at.tzinfo is UTC
    # A moment after midnight belongs to the next day, in the portal's zone and not in UTC.
    assert last_day("2026-03-03T00:00", 1, "working_day") == "2026-03-04"
    assert last_day("2026-03-03T07:59", 1, "working_day") == "2026-03-04"


def test_zero_days_end_on_the_day_itself_even_on_a_holiday() -> None:
    assert last_day("2026-04-02T16:00", 0, "calendar_day") == "2026-04-02"
    assert last_day("2026-10-03T16:00", 0, "calendar_day") == "2026-10-03"
    assert last_day("2026-10-03T16:00", 0, "working_day") == "2026-10-03"


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-08-31", 6, "2027-03-01"),  # last day of February, a Sunday: rolled
        ("2026-01-31", 1, "2026-02-28"),  # a working Saturday
        ("2026-03-15", 6, "2026-09-15"),
        ("2026-04-03", 6, "2026-10-08"),  # 3 October rests
        ("2026-02-28", 12, "2027-03-01"),
    ],
)
def test_months_end_on_the_same_day_or_the_last_then_roll(
    start: str, months: int, expected: str
) -> None:
    assert last_day(f"{start}T10:00", months, "month") == expected


def test_months_in_a_leap_year_and_across_years() -> None:
    assert add_months(date(2027, 8, 31), 6) == date(2028, 2, 29)
    assert add_months(date(2026, 12, 31), 2) == date(2027, 2, 28)
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 15), -1) == date(2025, 12, 15)
    assert add_months(date(2026, 12, 1), 12) == date(2027, 12, 1)


def test_clock_hours_run_through_nights_and_holidays() -> None:
    found = due(at("2026-09-30T23:00"), make_limit("x", 24, "clock_hour"), calendar_2026(), POLICY)
    assert found.due_at == at("2026-10-01T23:00")
    assert found.skipped == () and not found.provisional
    late = due(at("2026-12-31T23:30"), make_limit("x", 90, "minute"), calendar_2026(), POLICY)
    assert late.due_at == at("2027-01-01T01:00") and not late.provisional


def test_working_hours_end_at_the_close_and_not_at_the_next_opening() -> None:
    limit = make_limit("x", 8, "working_hour")
    policy = make_policy(working_hours=((time(9), time(17)),))
    found = due(at("2026-03-02T09:00"), limit, calendar_2026(), policy)
    assert found.due_at == at("2026-03-02T17:00")
    found = due(at("2026-09-30T16:30"), limit, calendar_2026(), policy)
    assert found.due_at == at("2026-10-08T16:30")
    assert len(found.skipped) == 7


def test_a_year_without_notice_gives_a_provisional_date_by_the_regulation() -> None:
    limit = make_limit("x", 1, "working_day")
    found = due(at("2026-12-31T10:00"), limit, calendar_2026(), POLICY)
    assert found.provisional and found.last_day == date(2027, 1, 4)
    assert [one.reason for one in found.skipped] == [
        SkipReason.STANDING,
        SkipReason.WEEKEND,
        SkipReason.WEEKEND,
    ]
    assert not due(at("2026-12-30T10:00"), limit, calendar_2026(), POLICY).provisional
    # 31 December 2026 is a Thursday; the day itself lies in the noticed year, the roll does not.
    rest = make_calendar(rest=[date(2026, 12, 31)], noticed=[2026], standing=[date(2027, 1, 1)])
    day = make_limit("x", 1, "calendar_day")
    rolled = due(at("2026-12-30T10:00"), day, rest, POLICY)
    assert rolled.provisional and rolled.last_day == date(2027, 1, 4)


def test_the_standing_regulation_gives_way_when_the_notice_is_loaded() -> None:
    noticed = make_calendar(noticed=[2026, 2027], standing=[date(2027, 1, 1)])
    found = due(at("2026-12-31T10:00"), make_limit("x", 1, "working_day"), noticed, POLICY)
    assert not found.provisional and found.last_day == date(2027, 1, 1)


def test_counting_back_goes_over_holidays_and_never_ends_later() -> None:
    calendar = calendar_2026()
    two = make_limit("interview_notice", 2, "working_day")
    assert latest_before(at("2026-06-23T15:00"), two, calendar, POLICY).last_day == date(
        2026, 6, 18
    )
    # Three days before 6 October is a holiday: the working day before it, not the one after.
    three = make_limit("x", 3, "calendar_day")
    found = latest_before(at("2026-10-06T15:00"), three, calendar, POLICY)
    assert (found.last_day, found.rolled_from) == (date(2026, 9, 30), date(2026, 10, 3))
    day = make_limit("power_cut_notice", 24, "clock_hour")
    assert latest_before(at("2026-10-06T15:00"), day, calendar, POLICY).due_at == at(
        "2026-10-05T15:00"
    )


def test_counting_working_hours_back_undoes_counting_them_forward() -> None:
    calendar = calendar_2026()
    for hours in (1, 4, 8, 20):
        limit = make_limit("x", hours, "working_hour")
        start = at("2026-09-29T10:15")
        end = due(start, limit, calendar, POLICY).due_at
        assert latest_before(end, limit, calendar, POLICY).due_at == start
        days = days_of(calendar)
        assert worked_between(start, end, days, POLICY) == timedelta(hours=hours)


def test_an_extension_is_added_first_and_the_last_day_rolls_once() -> None:
    # 60 days from 29 April end on Sunday 28 June; 90 days on Tuesday 28 July, not 29.
    limit = make_limit("handling_total", 60, "calendar_day")
    found = due(at("2026-04-29T09:00"), limit, calendar_2026(), POLICY, extension=30)
    assert (found.last_day, found.rolled_from) == (date(2026, 7, 28), None)


def test_a_day_that_somebody_set_stands_even_on_a_rest_day() -> None:
    found = due_on(at("2026-03-02T10:00"), date(2026, 3, 14), calendar_2026(), POLICY)
    assert (found.last_day, found.rolled_from) == (date(2026, 3, 14), None)
    pause = (at("2026-03-04T10:00"), at("2026-03-05T10:00"))
    found = due_on(
        at("2026-03-02T10:00"), date(2026, 3, 14), calendar_2026(), POLICY, pauses=[pause]
    )
    assert (found.last_day, found.rolled_from) == (date(2026, 3, 16), date(2026, 3, 15))


def test_a_zone_with_summer_time_still_ends_days_at_local_midnight() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    policy = make_policy()
    policy = type(policy)(
        version=1, holds_from=policy.holds_from, zone=berlin, limits={}, pause=policy.pause,
        working_hours=policy.working_hours,
    )  # fmt: skip
    start = datetime(2026, 3, 27, 12, tzinfo=berlin)
    found = due(start, make_limit("x", 2, "calendar_day"), make_calendar(), policy)
    assert found.due_at == datetime(2026, 3, 30, 22, tzinfo=UTC)


def test_the_same_days_with_other_names_are_other_calendars() -> None:
    plain, other = make_calendar(), make_calendar(rest={date(2026, 3, 3): HOLIDAY})
    assert days_of(plain).is_working(date(2026, 3, 3))
    assert not days_of(other).is_working(date(2026, 3, 3))
    assert days_of(plain) is days_of(plain)


def test_time_used_up_when_a_pause_begins_ends_there_and_not_after_it() -> None:
    pause = (at("2026-03-02T12:00"), at("2026-03-09T12:00"))
    for unit in ("clock_hour", "working_hour"):
        limit = make_limit("x", 2, unit)
        found = due(at("2026-03-02T10:00"), limit, calendar_2026(), POLICY, pauses=[pause])
        assert found.due_at == pause[0]
    # In days the pause day itself counts as used.
    day = make_limit("x", 1, "working_day")
    found = due(at("2026-03-01T10:00"), day, calendar_2026(), POLICY, pauses=[pause])
    assert found.last_day == date(2026, 3, 2)


def test_a_last_day_does_not_roll_into_a_pause() -> None:
    # The tenth day is Saturday 14 March; the pause that begins on it ends on Tuesday.
    pause = (at("2026-03-14T10:00"), at("2026-03-17T10:00"))
    limit = make_limit("x", 10, "calendar_day")
    found = due(at("2026-03-04T10:00"), limit, calendar_2026(), POLICY, pauses=[pause])
    assert (found.last_day, found.rolled_from) == (date(2026, 3, 18), date(2026, 3, 14))
    reasons = [(one.day.day, one.reason.value) for one in found.skipped]
    assert reasons == [(14, "weekend"), (15, "weekend"), (16, "pause"), (17, "pause")]
