"""What must hold for every calendar, every limit, every pause and every order of events."""

import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from portal.clocks.days import days_of
from portal.clocks.due import Span, due, latest_before, worked_between
from portal.clocks.explain import sentences
from portal.clocks.facts import Fact
from portal.clocks.reading import CHAIN, Reading, State, breaches
from portal.clocks.readings import readings
from portal.clocks.reminders import reminders
from portal.presets.kinds import Calendar, TimeUnit
from tests.support.clocks import (
    ZONE,
    at,
    calendar_2026,
    domain_limits,
    make_calendar,
    make_limit,
    make_policy,
)

POLICY = make_policy()
BASE = at("2026-03-02T00:00")
UNITS = list(TimeUnit)
DAY_UNITS = [TimeUnit.WORKING_DAY, TimeUnit.CALENDAR_DAY]
MINUTES = st.integers(0, 90 * 24 * 60)
MOMENTS = MINUTES.map(lambda minutes: BASE + timedelta(minutes=minutes))
DAYS = st.integers(0, 150).map(lambda number: date(2026, 3, 2) + timedelta(days=number))
REST = st.sets(DAYS, max_size=20)
QUICK = settings(max_examples=150, deadline=None)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    return make_calendar(rest=draw(REST), working=draw(st.sets(DAYS, max_size=8)))


@st.composite
def pauses(draw: st.DrawFn) -> list[Span]:
    """Pauses one after the other, some touching."""
    moment, spans = draw(MOMENTS), []
    for _ in range(draw(st.integers(0, 3))):
        end = moment + timedelta(minutes=draw(st.integers(1, 9 * 24 * 60)))
        spans.append((moment, end))
        moment = end + timedelta(minutes=draw(st.sampled_from([0, 1, 700, 5000])))
    return spans


def ends(
    start: datetime, value: int, unit: TimeUnit, calendar: Calendar, spans: Iterable[Span] = ()
) -> datetime:
    limit = make_limit("x", value, unit.value)
    return due(start, limit, calendar, POLICY, pauses=spans).due_at


def local_day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def paused_days(spans: Iterable[Span]) -> set[date]:
    """After the pause day up to and with the resume day, counted one by one."""
    days = set()
    for begin, end in spans:
        day = local_day(begin)
        while day < local_day(end):
            day += timedelta(days=1)
            days.add(day)
    return days


@pytest.mark.trap(5)
@QUICK
@given(MOMENTS, st.integers(1, 30), st.sampled_from(DAY_UNITS), calendars(), pauses())
def test_used_days_and_paused_days_add_up_to_the_limit(
    start: datetime, value: int, unit: TimeUnit, calendar: Calendar, spans: list[Span]
) -> None:
    found = due(start, make_limit("x", value, unit.value), calendar, POLICY, pauses=spans)
    left_out = paused_days(spans)
    day, used = local_day(start), []
    while len(used) < value:
        day += timedelta(days=1)
        is_rest = day in calendar.rest or day.weekday() >= 5
        is_working = day in calendar.working or not is_rest
        if day not in left_out and (is_working or unit is TimeUnit.CALENDAR_DAY):
            used.append(day)
    assert found.counted == tuple(used)
    assert (found.rolled_from or found.last_day) == used[-1]
    # Where it ends is neither a rest day nor a day of a pause, but where nothing moved it.
    assert days_of(calendar).is_working(found.last_day)
    assert found.last_day not in left_out


@pytest.mark.trap(4)
@QUICK
@given(MOMENTS, st.integers(1, 60), pauses())
def test_three_hours_left_before_a_pause_are_three_hours_left_after_it(
    start: datetime, value: int, spans: list[Span]
) -> None:
    end = ends(start, value, TimeUnit.CLOCK_HOUR, calendar_2026(), spans)
    paused = timedelta(0)
    for begin, until in spans:
        paused += max(min(until, end) - max(begin, start), timedelta(0))
    assert end - start - paused == timedelta(hours=value)


@pytest.mark.trap(5)
@QUICK
@given(MOMENTS, st.integers(1, 60), calendars(), pauses())
def test_working_hours_used_and_paused_add_up_to_the_limit(
    start: datetime, value: int, calendar: Calendar, spans: list[Span]
) -> None:
    end = ends(start, value, TimeUnit.WORKING_HOUR, calendar, spans)
    days = days_of(calendar)
    used = worked_between(start, end, days, POLICY)
    for begin, until in spans:
        used -= worked_between(max(begin, start), min(until, end), days, POLICY)
    assert used == timedelta(hours=value)


@pytest.mark.trap(5)
@QUICK
@given(MOMENTS, st.integers(1, 40), st.sampled_from(UNITS), calendars(), pauses(), st.floats(0, 1))
def test_splitting_a_pause_changes_nothing(
    start: datetime,
    value: int,
    unit: TimeUnit,
    calendar: Calendar,
    spans: list[Span],
    share: float,
) -> None:
    assume(spans)
    (begin, end), rest = spans[0], spans[1:]
    middle = begin + timedelta(minutes=int((end - begin) / timedelta(minutes=1) * share))
    split = [(begin, middle), (middle, end), *rest]
    assert ends(start, value, unit, calendar, split) == ends(start, value, unit, calendar, spans)


@pytest.mark.trap(7)
@QUICK
@given(MOMENTS, st.integers(0, 40), st.sampled_from(UNITS), calendars(), REST, pauses())
def test_more_holidays_never_bring_a_date_forward(
    start: datetime,
    value: int,
    unit: TimeUnit,
    calendar: Calendar,
    more: set[date],
    spans: list[Span],
) -> None:
    other = make_calendar(rest={*calendar.rest, *more}, working=calendar.working - frozenset(more))
    before, after = (ends(start, value, unit, one, spans) for one in (calendar, other))
    assert after >= before


@QUICK
@given(MOMENTS, MOMENTS, st.integers(0, 40), st.sampled_from(UNITS), calendars(), pauses())
def test_who_starts_later_is_not_due_earlier(
    one: datetime,
    other: datetime,
    value: int,
    unit: TimeUnit,
    calendar: Calendar,
    spans: list[Span],
) -> None:
    first, second = sorted((one, other))
    assert ends(first, value, unit, calendar, spans) <= ends(second, value, unit, calendar, spans)


@QUICK
@given(MOMENTS, st.integers(0, 40), st.integers(0, 9), st.sampled_from(UNITS), calendars())
def test_a_longer_limit_is_never_due_earlier(
    start: datetime, value: int, more: int, unit: TimeUnit, calendar: Calendar
) -> None:
    assert ends(start, value, unit, calendar) <= ends(start, value + more, unit, calendar)
    limit = make_limit("x", value, unit.value)
    extended = due(start, limit, calendar, POLICY, extension=more).due_at
    assert extended == ends(start, value + more, unit, calendar)


@QUICK
@given(MOMENTS, st.integers(0, 20), st.sampled_from(UNITS), calendars())
def test_counting_back_leaves_the_whole_limit(
    moment: datetime, value: int, unit: TimeUnit, calendar: Calendar
) -> None:
    limit = make_limit("x", value, unit.value)
    found = latest_before(moment, limit, calendar, POLICY)
    if unit is TimeUnit.WORKING_DAY and value:
        day = local_day(moment)
        assert days_of(calendar).between(found.last_day, day - timedelta(days=1)) == value - 1
    if unit is not TimeUnit.MONTH and value:
        assert found.due_at < moment


# Events in any order that the moments allow: more than the table of moves would let happen

REPORTS, ITEMS = ("r1", "r2"), ("i1", "i2")
EVENTS = """
filed opened imported accepted dispatched refused transferred_out accident_referred merged split
withdrawn signed_for taken_back returned return_asked return_decided reassigned handler_assigned
inspected level_decided risk_assessed task_book_issued task_book_signed item_reported
item_withdrawn extension_asked extension_decided review_passed review_failed verified concluded
closed objected objection_decided reopened paused resumed asked answered evidence_added rated
noted recused set_aside lane_changed step_ordered link_revoked
"""
#: Few that end a case, many that could move a due date.
KINDS = EVENTS.split() * 2
KINDS += ["extension_decided", "paused", "resumed", "item_withdrawn", "review_failed"] * 8
KINDS += ["accepted", "dispatched", "signed_for", "task_book_issued", "taken_back", "split"] * 4
ANSWERS = {"concluded", "refused", "transferred_out", "accident_referred"}


def payload_of(kind: str, chance: random.Random, moment: datetime) -> dict[str, Any]:
    def day() -> str:
        return (local_day(moment) + timedelta(days=chance.randint(0, 30))).isoformat()

    yes, item, report = chance.random() < 0.5, chance.choice(ITEMS), chance.choice(REPORTS)
    match kind:
        case "filed":
            return {"report": report, "channel": "web"}
        case "imported":
            return {"state": "received" if yes else "closed"}
        case "dispatched":
            priority = "urgent" if yes else "normal"
            return {"priority": priority, "suspected_major": chance.random() < 0.5}
        case "taken_back":
            return {"acceptance_too": yes}
        case "merged":
            return {"into": "other"} if yes else {"from": "other"}
        case "return_decided":
            return {"upheld": yes}
        case "level_decided":
            return {"level": "major" if yes else "general", "keep_limit": chance.random() < 0.3}
        case "task_book_issued":
            return {
                "items": [
                    {"id": one, "due_on": day(), "done": chance.random() < 0.2, "level": "general"}
                    for one in ITEMS
                ]
            }
        case "item_reported" | "item_withdrawn" | "review_passed":
            return {"item": item}
        case "review_failed":
            return {"item": item, "new_due_on": day()} if yes else {"item": item}
        case "extension_decided":
            granted = chance.random() < 0.8
            if yes:
                return {"clock": "handling_total", "granted": granted, "value": 30}
            return {"item": item, "granted": granted, "new_due_on": day()}
        case "concluded":
            return {"reports": list(REPORTS)}
        case "objected":
            return {"objection": "o1", "report": report}
        case "objection_decided":
            return {"objection": "o1"}
        case "paused":
            return {"reason": "testing_or_inspection" if yes else "tired"}
        case "answered" | "asked":
            return {"report": report, "substantive": yes, "by_person": True}
    return {}


ROAD = ["filed", "accepted", "dispatched", "signed_for", "task_book_issued", "paused"]


def history(seed: int, length: int) -> list[Fact]:
    chance = random.Random(seed)  # noqa: S311 - a test
    moment, found = BASE, []
    for seq in range(length):
        moment += timedelta(minutes=chance.choice([0, 1, 61, 1440, 5000, 20000, 60000]))
        # Half of them begin on the road, so that there is something to spoil.
        kind = ROAD[seq] if seed % 2 and seq < len(ROAD) else chance.choice(KINDS)
        found.append(Fact(kind, moment, seq, payload_of(kind, chance, moment)))
    return found


def all_pausable() -> dict[str, Any]:
    return {
        name: make_limit(name, one.value, one.unit.value, pausable=True, extension=one.extension)
        for name, one in domain_limits().items()
    }


POLICIES = [make_policy(), make_policy(all_pausable(), max_days=10)]
SEEDS = st.integers(0, 10**9)
LENGTHS = st.integers(3, 45)


def read(events: Iterable[Fact], as_of: datetime, which: int = 0) -> tuple[Reading, ...]:
    return readings(events, [POLICIES[which]], calendar_2026(), as_of=as_of)


@pytest.mark.trap(9)
@pytest.mark.promise(5)
@settings(max_examples=300, deadline=None)
@given(SEEDS, LENGTHS, st.integers(0, 1), st.data())
def test_no_breach_ever_disappears_whatever_happens_later(
    seed: int, length: int, which: int, data: st.DataObject
) -> None:
    events = history(seed, length)
    cut = data.draw(st.integers(1, length))
    # Up to the moment of the next event the first events are all that there is.
    end = events[cut].at if cut < length else events[-1].at + timedelta(days=400)
    early = breaches(read(events[:cut], end, which), end)
    later = end + timedelta(days=data.draw(st.integers(0, 300)))
    late = {one.key: one.due_at for one in breaches(read(events, later, which), later)}
    for breach in early:
        assert late.get(breach.key) == breach.due_at, breach


@settings(max_examples=150, deadline=None)
@given(SEEDS, LENGTHS, st.integers(0, 1))
def test_the_readings_do_not_depend_on_the_order_in_which_events_are_given(
    seed: int, length: int, which: int
) -> None:
    events = history(seed, length)
    as_of = events[-1].at + timedelta(days=3)
    mixed = events[:]
    random.Random(seed).shuffle(mixed)  # noqa: S311 - a test
    assert read(mixed, as_of, which) == read(events, as_of, which)


@settings(max_examples=150, deadline=None)
@given(SEEDS, LENGTHS, st.integers(0, 400))
def test_a_reading_of_a_moment_does_not_know_what_came_after(
    seed: int, length: int, cut: int
) -> None:
    events = history(seed, length)
    as_of = BASE + timedelta(days=cut)
    assert read(events, as_of) == read([one for one in events if one.at <= as_of], as_of)


@pytest.mark.trap(45)
@settings(max_examples=300, deadline=None)
@given(SEEDS, LENGTHS, st.integers(0, 1))
@example(1, 40, 1)
def test_the_chain_never_pauses_and_never_stops_before_the_answer(
    seed: int, length: int, which: int
) -> None:
    events = history(seed, length)
    as_of = events[-1].at + timedelta(days=1)
    found = [one for one in read(events, as_of, which) if one.kind == CHAIN]
    for report in REPORTS:
        mine = [one for one in found if one.subject == report]
        first = next((one for one in events if _files(one, report)), None)
        if first is None:
            assert not mine
            continue
        answers = [one.at for one in events if one.kind in ANSWERS and one.seq > first.seq]
        assert mine[0].started_at == first.at
        assert mine[0].stopped_at == (answers[0] if answers else None)
        for chain in mine:
            assert chain.due_at is None and not chain.breach and not chain.pauses
            until = chain.stopped_at or as_of
            assert chain.started_at is not None
            assert chain.elapsed == until - chain.started_at
            assert chain.state in {State.RUNNING, State.DONE}


def _files(fact: Fact, report: str) -> bool:
    return fact.kind == "filed" and fact.payload["report"] == report


@settings(max_examples=100, deadline=None)
@given(SEEDS, LENGTHS, st.integers(0, 1))
def test_every_reading_of_any_history_is_sound_and_can_be_explained(
    seed: int, length: int, which: int
) -> None:
    events = history(seed, length)
    as_of = events[-1].at + timedelta(days=2)
    found = read(events, as_of, which)
    keys = [(one.kind, one.subject, one.episode) for one in found]
    assert len(keys) == len(set(keys))
    for reading in found:
        assert sentences(reading)
        assert reading.elapsed >= timedelta(0)
        assert (reading.state is State.OVERDUE) <= reading.breach
        assert (reading.state is State.PAUSED) <= (reading.due_at is None)
        if reading.due is not None and reading.state is not State.PAUSED:
            assert reading.why.due_at == reading.due_at
        for _, moment in reminders(reading, POLICIES[which], calendar_2026()):
            assert moment > BASE
