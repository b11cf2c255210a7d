"""What clocks say: reasons, time left, reminders, and what the commands print."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

import portal
from portal.clocks import messages
from portal.clocks.commandline import (
    differences,
    due_result,
    parse_limit,
    parse_start,
    reading_as_data,
)
from portal.clocks.explain import (
    day_ranges,
    name_of,
    sentences,
    state_message,
    time_left_sentence,
)
from portal.clocks.reading import Reading, State
from portal.clocks.readings import readings
from portal.clocks.reminders import reminders
from portal.clocks.timeleft import LeftUnit, Mark, TimeLeft, time_left
from portal.presets.kinds import TimeUnit
from tests.support.clocks import (
    HOLIDAY,
    ZONE,
    at,
    calendar_2026,
    domain_limits,
    facts,
    make_calendar,
    make_limit,
    make_policy,
)

POLICY = make_policy()
CALENDAR = calendar_2026()


def one(kind: str, *events: Any, as_of: str, subject: str = "case") -> Reading:
    found = readings(facts(*events), [POLICY], CALENDAR, as_of=at(as_of))
    return next(one for one in found if (one.kind, one.subject) == (kind, subject))


def said(reading: Reading) -> dict[str, Any]:
    return dict(sentences(reading))


def filed(day: str = "2026-04-28T10:15") -> Any:
    return (day, "filed", {"report": "r1"})


def test_a_reading_names_the_days_left_out_with_the_holiday_and_its_end() -> None:
    found = said(one("acceptance", filed(), as_of="2026-04-28T12:00"))
    assert found[messages.LIMIT_WORKING_DAYS] == {"start": at("2026-04-28T10:15"), "value": 5}
    assert found[messages.LEFT_OUT_HOLIDAY] == {
        "name": HOLIDAY,
        "days": ((date(2026, 5, 1), date(2026, 5, 1)), (date(2026, 5, 4), date(2026, 5, 5))),
    }
    assert found[messages.LEFT_OUT_WEEKENDS]["count"] == 2
    assert found[messages.DUE_END_OF] == {"day": date(2026, 5, 8)}
    assert found[messages.POLICY] == {"version": 1}
    assert messages.PROVISIONAL not in found


def test_a_reading_tells_of_make_up_days_pauses_extensions_and_rolling() -> None:
    road = (filed(), ("2026-04-29T09:00", "accepted"), ("2026-04-29T10:00", "dispatched"))
    signed = ("2026-04-30T09:00", "signed_for")
    pause = ("2026-05-06T09:00", "paused", {"reason": "testing_or_inspection"})
    resume = ("2026-05-07T09:00", "resumed")
    more = ("2026-05-08T09:00", "extension_decided", {"granted": True, "value": 30})
    verification = said(one("verification", *road, signed, pause, resume, as_of="2026-05-08T12:00"))
    assert verification[messages.MADE_UP] == {"days": ((date(2026, 5, 9), date(2026, 5, 9)),)}
    assert verification[messages.LEFT_OUT_PAUSE]["days"] == ((date(2026, 5, 7),) * 2,)
    assert verification[messages.PAUSED_UNTIL]["reason"].en == "Testing"
    total = one("handling_total", *road, as_of="2026-05-08T12:00")
    assert said(total)[messages.ROLLED] == {"from": date(2026, 6, 28), "to": date(2026, 6, 29)}
    extended = one("handling_total", *road, more, as_of="2026-05-08T12:00")
    assert said(extended)[messages.EXTENDED_DAYS] == {"at": at("2026-05-08T09:00"), "value": 30}
    open_pause = one("verification", *road, signed, pause, as_of="2026-05-08T12:00")
    assert messages.IF_RESUMED in said(open_pause) and messages.DUE_END_OF not in said(open_pause)
    assert messages.PAUSED_SINCE in said(open_pause)


def test_a_provisional_date_and_the_chain_say_what_they_are() -> None:
    found = said(one("acceptance", filed("2026-12-28T09:00"), as_of="2026-12-28T12:00"))
    assert found[messages.PROVISIONAL] == {"year": 2027}
    chain = one("chain", filed(), as_of="2026-04-30T12:00", subject="r1")
    assert list(said(chain)) == [messages.CHAIN_RUNS]
    assert name_of(chain) == messages.NAME_CHAIN
    assert name_of(one("acceptance", filed(), as_of="2026-04-30T12:00")) == (
        domain_limits()["acceptance"].name
    )


def test_a_task_says_the_day_that_was_set_and_that_it_was_extended() -> None:
    item = {"id": "a", "due_on": "2026-05-20", "level": "general"}
    book = ("2026-05-06T10:00", "task_book_issued", {"items": [item]})
    more = {"item": "a", "granted": True, "new_due_on": "2026-05-29"}
    plain = one("item", filed(), book, as_of="2026-05-07T09:00", subject="a")
    assert said(plain)[messages.SET_DAY] == {"day": date(2026, 5, 20)}
    assert said(plain)[messages.DUE_END_OF] == {"day": date(2026, 5, 20)}
    longer = ("2026-05-06T11:00", "extension_decided", more)
    extended = said(one("item", filed(), book, longer, as_of="2026-05-07T09:00", subject="a"))
    assert extended[messages.EXTENDED_TO]["day"] == date(2026, 5, 29)
    assert messages.SET_DAY not in extended


def test_every_state_and_every_kind_of_time_left_has_its_words() -> None:
    assert len({state_message(state) for state in State}) == len(State)
    for mark in Mark:
        for unit in LeftUnit:
            for amount in (0, 1, 2, 61, 130):
                message, values = time_left_sentence(TimeLeft(mark, amount, unit))
                assert set(re.findall(r"%\((\w+)\)s", message)) == set(values)
                assert message in messages.MESSAGES


def test_values_fit_the_placeholders_of_their_message() -> None:
    road = (filed(), ("2026-04-29T09:00", "accepted"), ("2026-04-29T10:00", "dispatched"))
    found = readings(facts(*road), [POLICY], CALENDAR, as_of=at("2026-05-20T12:00"))
    for reading in found:
        for message, values in sentences(reading):
            assert message in messages.MESSAGES
            assert set(re.findall(r"%\((\w+)\)s", message)) == set(values)


def test_days_in_a_row_become_one_range() -> None:
    days = [date(2026, 5, day) for day in (1, 2, 3, 5, 7, 8)]
    assert [(a.day, b.day) for a, b in day_ranges(tuple(days))] == [(1, 3), (5, 5), (7, 8)]
    assert day_ranges(()) == ()


# Time left


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2026-04-29T10:00", TimeLeft(Mark.OK, 4, LeftUnit.WORKING_DAY)),
        ("2026-05-03T10:00", TimeLeft(Mark.OK, 3, LeftUnit.WORKING_DAY)),
        ("2026-05-06T10:00", TimeLeft(Mark.OK, 2, LeftUnit.WORKING_DAY)),
        ("2026-05-07T10:00", TimeLeft(Mark.SOON, 1, LeftUnit.WORKING_DAY)),
        ("2026-05-08T10:00", TimeLeft(Mark.SOON, 0, LeftUnit.WORKING_DAY)),
        ("2026-05-08T20:15", TimeLeft(Mark.SOON, 225, LeftUnit.HOUR_MINUTE)),
        ("2026-05-09T00:00", TimeLeft(Mark.SOON, 0, LeftUnit.HOUR_MINUTE)),
        ("2026-05-09T07:59", TimeLeft(Mark.LATE, 479, LeftUnit.HOUR_MINUTE)),
        ("2026-05-09T10:00", TimeLeft(Mark.LATE, 1, LeftUnit.WORKING_DAY)),  # a worked Saturday
        ("2026-05-11T10:00", TimeLeft(Mark.LATE, 2, LeftUnit.WORKING_DAY)),
    ],
)
def test_time_left_is_told_in_working_days_and_near_the_end_in_hours(
    as_of: str, expected: TimeLeft
) -> None:
    reading = one("acceptance", filed(), as_of=as_of)
    assert time_left(reading, at(as_of), CALENDAR, POLICY) == expected


def test_time_left_of_calendar_days_hours_and_clocks_at_rest() -> None:
    road = (filed(), ("2026-04-29T09:00", "accepted"))
    now = "2026-06-20T10:00"
    total = one("handling_total", *road, as_of=now)
    assert time_left(total, at(now), CALENDAR, POLICY) == TimeLeft(Mark.OK, 9, LeftUnit.DAY)
    urgent = ("2026-04-29T10:00", "dispatched", {"priority": "urgent"})
    visit = one("urgent_on_site", *road, urgent, as_of="2026-04-29T12:00")
    left = time_left(visit, at("2026-04-29T12:00"), CALENDAR, POLICY)
    assert left == TimeLeft(Mark.SOON, 22 * 60, LeftUnit.HOUR_MINUTE)
    assert time_left_sentence(left) == (messages.LEFT_HOURS, {"hours": 22, "minutes": 0})
    done = one("acceptance", *road, as_of=now)
    assert time_left(done, at(now), CALENDAR, POLICY).mark is Mark.DONE
    chain = one("chain", *road, as_of=now, subject="r1")
    assert time_left(chain, at(now), CALENDAR, POLICY) == TimeLeft(Mark.COUNTING, 53)


def test_late_over_a_weekend_is_told_in_days_since_no_working_day_has_passed() -> None:
    reading = one("acceptance", filed("2026-03-06T10:00"), as_of="2026-03-14T12:00")
    assert reading.last_day == date(2026, 3, 13)
    left = time_left(reading, at("2026-03-14T12:00"), CALENDAR, POLICY)
    assert left == TimeLeft(Mark.LATE, 1, LeftUnit.DAY)


# Reminders


@pytest.mark.trap(33)
def test_the_reminders_of_a_clock_are_an_exact_list_and_end_with_it() -> None:
    events = (filed(), ("2026-04-29T09:00", "accepted"))
    due_at = at("2026-05-09T00:00")
    waiting = one("acceptance", filed(), as_of="2026-04-29T09:00")
    moments = [moment for _, moment in reminders(waiting, POLICY, CALENDAR)]
    # One working day before Friday 8 May, at opening; and when it is over.
    assert moments == [at("2026-05-07T08:30"), due_at]
    sent = set()
    for day in range(60):
        now = at("2026-04-28T12:00") + timedelta(days=day)
        found = readings(facts(filed()), [POLICY], CALENDAR, as_of=now)
        acceptance = next(one for one in found if one.kind == "acceptance")
        sent |= {when for _, when in reminders(acceptance, POLICY, CALENDAR) if when <= now}
    assert sorted(sent) == moments
    assert reminders(one("acceptance", *events, as_of="2026-04-30T09:00"), POLICY, CALENDAR) == ()


def test_no_reminder_before_a_short_clock_began_and_none_for_rights_or_chains() -> None:
    road = (filed(), ("2026-04-29T09:00", "accepted"))
    urgent = ("2026-04-29T10:00", "dispatched", {"priority": "urgent"})
    found = readings(facts(*road, urgent), [POLICY], CALENDAR, as_of=at("2026-04-29T10:30"))
    by_kind = {one.kind: reminders(one, POLICY, CALENDAR) for one in found}
    assert [moment for _, moment in by_kind["sign_for_urgent"]] == [at("2026-04-29T12:00")]
    assert by_kind["return_request"] == by_kind["chain"] == by_kind["acceptance"] == ()
    without = make_policy({k: v for k, v in domain_limits().items() if k != "remind"})
    total = next(one for one in found if one.kind == "handling_total")
    assert len(reminders(total, without, CALENDAR)) == 1


def test_while_paused_nobody_is_reminded() -> None:
    events = (filed(), ("2026-04-29T09:00", "accepted"), ("2026-04-29T10:00", "dispatched"),
              ("2026-04-29T11:00", "signed_for"),
              ("2026-04-29T12:00", "paused", {"reason": "testing_or_inspection"}))  # fmt: skip
    reading = one("verification", *events, as_of="2026-05-12T09:00")
    assert reading.state is State.PAUSED
    assert reminders(reading, POLICY, CALENDAR) == ()


# Commands


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("15 working days", 15, TimeUnit.WORKING_DAY),
        ("1 working day", 1, TimeUnit.WORKING_DAY),
        ("60 days", 60, TimeUnit.CALENDAR_DAY),
        ("1 day", 1, TimeUnit.CALENDAR_DAY),
        ("10 calendar days", 10, TimeUnit.CALENDAR_DAY),
        ("2 hours", 2, TimeUnit.CLOCK_HOUR),
        ("1 hour", 1, TimeUnit.CLOCK_HOUR),
        ("8 working hours", 8, TimeUnit.WORKING_HOUR),
        ("3 months", 3, TimeUnit.MONTH),
        ("1 minute", 1, TimeUnit.MINUTE),
        ("  15  Working   Days ", 15, TimeUnit.WORKING_DAY),
        ("0 days", 0, TimeUnit.CALENDAR_DAY),
        ("15 working_day", 15, TimeUnit.WORKING_DAY),
    ],
)
def test_a_limit_is_read_in_words(text: str, value: int, unit: TimeUnit) -> None:
    limit = parse_limit(text)
    assert (limit.value, limit.unit) == (value, unit)


@pytest.mark.parametrize(
    "text",
    ["", "days", "15", "-3 days", "1.5 days", "15 fortnights", "999999 days", "5 days more or less",
     "五 days", "٣ days", "5 dayss", "5\u00a0days; drop"],
)  # fmt: skip
def test_what_is_no_limit_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a limit: write for example .*\.$"):
        parse_limit(text)


def test_a_start_without_offset_is_local_time_and_one_with_offset_is_not() -> None:
    expected = datetime(2026, 9, 29, 8, 30, tzinfo=UTC)
    assert parse_start("2026-09-29T16:30", ZONE) == expected
    assert parse_start("2026-09-29T08:30+00:00", ZONE) == expected
    assert parse_start("2026-09-29", ZONE) == datetime(2026, 9, 28, 16, tzinfo=UTC)
    for text in ("", "yesterday", "2026-13-01T10:00", "2026-09-29T25:00"):
        with pytest.raises(ValueError, match="is not a time"):
            parse_start(text, ZONE)
    with pytest.raises(ValueError, match="outside the calendar"):
        parse_start("0001-01-01T00:00", ZONE)


@pytest.mark.trap(6)
def test_the_command_gives_the_date_with_offset_and_the_days_left_out_with_reasons() -> None:
    found = due_result("2026-09-29T16:30", "15 working days", CALENDAR, POLICY)
    assert found["due"] == "2026-10-27T00:00:00+08:00"
    assert found["last_day"] == "2026-10-26"
    assert found["start"] == "2026-09-29T16:30:00+08:00"
    assert found["provisional"] is False
    assert len(found["counted"]) == 15
    assert found["skipped"][0] == {
        "day": "2026-10-01",
        "reason": "holiday",
        "name": {"zh": "节假日", "en": "Holiday"},
    }
    assert {one["reason"] for one in found["skipped"]} == {"holiday", "weekend"}
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("limit", "due"),
    [
        ("60 days", "2026-12-01T00:00:00+08:00"),  # Saturday the 28th rolls to Monday the 30th
        ("2 hours", "2026-09-29T18:30:00+08:00"),
        ("8 working hours", "2026-09-30T17:00:00+08:00"),
        ("3 months", "2026-12-30T00:00:00+08:00"),
    ],
)
def test_the_command_knows_every_unit(limit: str, due: str) -> None:
    found = due_result("2026-09-29T16:30", limit, CALENDAR, POLICY)
    assert found["due"] == due
    assert found["rolled_from"] == ("2026-11-28" if limit == "60 days" else None)


def test_the_command_names_a_date_outside_every_calendar_in_one_sentence() -> None:
    for limit in ("99999 months", "99999 working days"):
        with pytest.raises(ValueError, match=r"\.$"):
            due_result("9990-01-01T10:00", limit, CALENDAR, POLICY)


def test_a_replayed_reading_is_plain_data() -> None:
    pause = ("2026-05-06T09:00", "paused", {"reason": "testing_or_inspection"})
    more = ("2026-05-08T09:00", "extension_decided", {"granted": True, "value": 30})
    events = (filed(), ("2026-04-29T09:00", "accepted"), pause, more)
    found = readings(facts(*events), [POLICY], CALENDAR, as_of=at("2026-05-08T12:00"))
    data = [reading_as_data(one, ZONE) for one in found]
    assert json.loads(json.dumps(data)) == data
    total = next(one for one in data if one["kind"] == "handling_total")
    assert total["state"] == "paused" and total["due_at"] is None
    assert total["extensions"][0]["value"] == 30


def test_a_check_names_each_stored_date_that_the_events_do_not_give() -> None:
    found = readings(
        facts(filed(), ("2026-04-29T09:00", "accepted")), [POLICY], CALENDAR,
        as_of=at("2026-04-30T09:00"),
    )  # fmt: skip
    stored: dict[tuple[str, str, int], datetime | None]
    stored = {(one.kind, one.subject, one.episode): one.due_at for one in found}
    assert differences(stored, found) == ()
    wrong = dict(stored)
    wrong["acceptance", "case", 1] = at("2026-05-01T00:00")
    del wrong["dispatch", "case", 1]
    wrong["verification", "case", 1] = None
    assert len(differences(wrong, found)) == 3
    assert all(sentence.endswith(".") for sentence in differences(wrong, found))


def test_each_message_has_its_chinese_with_the_same_placeholders() -> None:
    root = Path(portal.__file__).parent
    with (root / "translations/zh_Hans_CN/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans_CN")
    placeholders = re.compile(r"%\((\w+)\)s")
    for english in messages.MESSAGES:
        entry = catalogue.get(english)
        assert entry is not None, english
        translated = str(entry.string)
        assert sorted(placeholders.findall(english)) == sorted(placeholders.findall(translated))
        assert re.search(r"[一-鿿]", translated)


def test_limits_of_one_say_one_and_limits_of_none_say_the_same_day() -> None:
    limits = {"acceptance": make_limit("acceptance", 1, "working_day")}
    found = readings(
        facts(filed()), [make_policy(limits)], make_calendar(), as_of=at("2026-04-28T11:00")
    )
    assert messages.LIMIT_WORKING_DAY in dict(sentences(found[-1]))
    limits = {"acceptance": make_limit("acceptance", 0, "calendar_day")}
    found = readings(
        facts(filed()), [make_policy(limits)], make_calendar(), as_of=at("2026-04-28T11:00")
    )
    assert messages.LIMIT_SAME_DAY in dict(sentences(found[-1]))
