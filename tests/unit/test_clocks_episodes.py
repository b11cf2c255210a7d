"""Tasks and reviews, merges and splits, reopenings, and breaches that survive all of them."""

from datetime import date, datetime
from typing import Any

import pytest

from portal.clocks.days import days_of
from portal.clocks.facts import Fact
from portal.clocks.reading import State, breaches
from portal.clocks.readings import readings, upcoming
from tests.support.clock_reader import (
    ACCEPTED,
    CLOSED,
    CONCLUDED,
    FILED,
    POLICY,
    ROAD,
    VERIFIED,
    Event,
    last_day,
    one,
    paused,
    read,
)
from tests.support.clocks import (
    at,
    calendar_2026,
    domain_limits,
    facts,
    make_calendar,
    make_limit,
    make_policy,
)

# Tasks


def task_book(day: str = "06", **items: Any) -> Event:
    listed = [
        {"id": key, "level": "general", "done": False} | value for key, value in items.items()
    ]
    return (f"2026-03-{day}T10:00", "task_book_issued", {"items": listed})


def test_each_task_has_its_own_date_and_its_review_another() -> None:
    book = task_book(a={"due_on": "2026-03-16"}, b={"done": True}, c={}, d={"level": "major"})
    reported = ("2026-03-12T10:00", "item_reported", {"item": "a"})
    found = read(*ROAD, book, reported)
    assert found["item", "a", 1].state is State.DONE
    assert found["review", "a", 1].started_at == at("2026-03-12T10:00")
    assert last_day(found["review", "a", 1]) == "2026-03-23"
    assert found["item", "b", 1].stopped_at == found["review", "b", 1].started_at
    # Without a date: 15 days and 60 days by the policy.
    assert last_day(found["item", "c", 1]) == "2026-03-23"
    assert last_day(found["item", "d", 1]) == "2026-05-06"
    assert found["return_request", "case", 1].state in {State.CANCELLED, State.DONE}


def test_a_failed_review_begins_a_second_time_and_a_passed_one_ends_it() -> None:
    book = task_book(a={"due_on": "2026-03-16", "level": "major"})
    reported = ("2026-03-12T10:00", "item_reported", {"item": "a"})
    failed = ("2026-03-13T10:00", "review_failed", {"item": "a", "new_due_on": "2026-03-20"})
    found = read(*ROAD, book, reported, failed, as_of="2026-03-21T09:00")
    assert found["item", "a", 2].state is State.OVERDUE
    # Nobody reported: the review is due from the end of the time on, which is the 20th's.
    review = found["review", "a", 2]
    assert review.started_at == at("2026-03-21T00:00")
    assert last_day(review) == "2026-03-30"
    passed = ("2026-03-20T16:00", "review_passed", {"item": "a"})
    found = read(*ROAD, book, reported, failed, passed, as_of="2026-03-21T09:00")
    assert found["item", "a", 2].state is State.DONE
    assert ("review", "a", 2) not in found
    no_date = ("2026-03-13T10:00", "review_failed", {"item": "a"})
    found = read(*ROAD, book, reported, no_date, as_of="2026-03-21T09:00")
    assert found["item", "a", 2].limit == domain_limits()["rectify_major"]


def test_an_item_withdrawn_late_keeps_its_breaches() -> None:
    book = task_book(a={"due_on": "2026-03-10"})
    withdrawn = ("2026-03-30T10:00", "item_withdrawn", {"item": "a"})
    found = read(*ROAD, book, withdrawn, as_of="2026-04-01T09:00")
    assert (found["item", "a", 1].state, found["item", "a", 1].breach) == (State.CANCELLED, True)
    assert found["review", "a", 1].breach
    early = ("2026-03-09T10:00", "item_withdrawn", {"item": "a"})
    found = read(*ROAD, book, early, as_of="2026-04-01T09:00")
    assert not found["item", "a", 1].breach and ("review", "a", 1) not in found


def test_a_task_is_extended_to_a_day_in_which_earlier_pauses_are_already() -> None:
    book = task_book(a={"due_on": "2026-03-16"})

    def more(day: str, at_day: str = "12") -> Event:
        return (
            f"2026-03-{at_day}T10:00",
            "extension_decided",
            {"item": "a", "granted": True, "new_due_on": f"2026-03-{day}"},
        )

    pause = paused(("09T10:00", "11T10:00"))
    assert last_day(one("item", *ROAD, book, *pause, subject="a")) == "2026-03-18"
    extended = one("item", *ROAD, book, *pause, more("26"), subject="a")
    assert last_day(extended) == "2026-03-26"
    assert [grant.new_due_on for grant in extended.extensions] == [date(2026, 3, 26)]
    assert last_day(one("item", *ROAD, book, more("10"), subject="a")) == "2026-03-16"
    late = one("item", *ROAD, book, more("30", "20"), subject="a", as_of="2026-03-21T09:00")
    assert (late.state, last_day(late)) == (State.OVERDUE, "2026-03-16")


# Ending, merging, reopening


@pytest.mark.trap(9)
@pytest.mark.trap(53)
def test_reopening_keeps_the_first_episode_and_gives_a_second_clock_of_its_own() -> None:
    reopened = ("2026-08-03T09:00", "reopened", {})
    road = (*ROAD, VERIFIED, CONCLUDED, CLOSED, reopened)
    found = read(*road, as_of="2026-08-03T09:00")
    assert found["handling_total", "case", 1].state is State.DONE
    assert found["handling_total", "case", 2].state is State.RUNNING
    assert last_day(found["handling_total", "case", 2]) == "2026-10-08"
    assert found["verification", "case", 2].started_at == at("2026-08-03T09:00")
    assert found["chain", "r1", 1].stopped_at == at("2026-03-10T10:00")
    assert found["chain", "r1", 2].started_at == at("2026-08-03T09:00")
    assert not any(one.breach for one in found.values() if one.kind != "first_response")


@pytest.mark.trap(9)
def test_closing_and_reopening_erase_no_breach() -> None:
    late = ("2026-05-20T10:00", "concluded", {"reports": ["r1"]})
    closed = ("2026-05-21T10:00", "closed", {})
    reopened = ("2026-05-22T10:00", "reopened", {})
    for events in ((late,), (late, closed), (late, closed, reopened)):
        found = one("handling_total", *ROAD, VERIFIED, *events, as_of="2026-06-01T09:00")
        assert (found.state, found.breach) == (State.DONE_LATE, True)
        assert last_day(found) == "2026-05-06"
    # What nobody had done by then ends with the case, and was late all the same.
    for ending in ("closed", "transferred_out", "refused"):
        ended = ("2026-05-21T10:00", ending, {})
        for events in ((ended,), (ended, reopened)):
            found = one("verification", *ROAD, *events, as_of="2026-06-01T09:00", episode=1)
            assert (found.state, found.breach) == (State.CANCELLED, True)


def test_a_second_answer_opens_a_second_time_to_object() -> None:
    reopened = ("2026-03-12T09:00", "reopened", {})
    again = (
        ("2026-03-13T09:00", "verified", {}),
        ("2026-03-16T09:00", "concluded", {"reports": ["r1"]}),
    )
    found = read(*ROAD, VERIFIED, CONCLUDED, CLOSED, reopened, *again, as_of="2026-03-16T10:00")
    assert found["objection", "r1", 1].state is State.CANCELLED
    assert found["objection", "r1", 2].started_at == at("2026-03-16T09:00")
    assert found["feedback", "case", 2].state is State.DONE


def test_reopened_before_any_group_signed_it_goes_back_to_the_desk() -> None:
    reopened = ("2026-03-05T09:00", "reopened", {})
    refused = ("2026-03-04T09:00", "refused", {})
    found = read(FILED, refused, reopened)
    assert found["acceptance", "case", 2].started_at == at("2026-03-05T09:00")
    assert ("handling_total", "case", 1) not in found
    transferred = ("2026-03-04T09:00", "transferred_out", {})
    found = read(FILED, ACCEPTED, transferred, reopened)
    assert found["dispatch", "case", 2].is_open and found["handling_total", "case", 2].is_open


def test_an_objection_has_its_own_clock_and_outlives_the_case() -> None:
    objected = ("2026-03-12T09:00", "objected", {"objection": "o1", "report": "r1"})
    found = read(*ROAD, VERIFIED, CONCLUDED, CLOSED, objected)
    assert found["objection", "r1", 1].state is State.DONE
    assert last_day(found["objection_review", "o1", 1]) == "2026-04-13"
    decided = ("2026-03-13T09:00", "objection_decided", {"objection": "o1"})
    found = read(*ROAD, VERIFIED, CONCLUDED, objected, decided, as_of="2026-03-14T09:00")
    assert found["objection_review", "o1", 1].state is State.DONE


def test_merge_then_split_gives_back_what_was() -> None:
    merged = ("2026-03-04T09:00", "merged", {"into": "B"})
    split = ("2026-03-05T09:00", "split", {"from": "B"})
    during = read(*ROAD, merged)
    assert during["verification", "case", 1].state is State.CANCELLED
    assert during["chain", "r1", 1].state is State.RUNNING
    assert read(*ROAD, merged, split) == read(*ROAD)


@pytest.mark.trap(9)
def test_undoing_a_merge_hides_no_review_that_was_missed_in_the_meantime() -> None:
    book = task_book(a={"due_on": "2026-03-10"})
    merged = ("2026-03-12T09:00", "merged", {"into": "B"})
    failed = ("2026-03-12T10:00", "review_failed", {"item": "a", "new_due_on": "2026-03-16"})
    split = ("2026-04-20T09:00", "split", {"from": "B"})
    for events in ((merged, failed), (merged, failed, split)):
        found = read(*ROAD, book, *events, as_of="2026-04-20T09:00")
        missed = found["review", "a", 2]
        assert (missed.breach, last_day(missed)) == (True, "2026-03-26")


def test_a_case_that_takes_another_in_goes_on_as_before() -> None:
    merged = ("2026-03-04T09:00", "merged", {"from": "A"})
    assert read(*ROAD, merged) == read(*ROAD)


def across_cases(
    as_of: str, case_id: str, *events: tuple[str, str, str, dict[str, Any]], **more: Any
) -> Any:
    listed = [
        Fact(kind, at(when), seq, payload, case)
        for seq, (case, when, kind, payload) in enumerate(events)
    ]
    found = readings(listed, [POLICY], calendar_2026(), as_of=at(as_of), case_id=case_id, **more)
    return {(one.kind, one.subject, one.episode): one for one in found}


def test_each_report_keeps_its_chain_through_a_merge_seen_from_either_case() -> None:
    events = (
        ("A", "2026-03-02T09:00", "filed", {"report": "r1"}),
        ("B", "2026-03-03T09:00", "filed", {"report": "r2"}),
        ("A", "2026-03-04T09:00", "merged", {"into": "B"}),
        ("B", "2026-03-09T09:00", "concluded", {"reports": ["r1", "r2"]}),
    )
    for case in ("A", "B"):
        found = across_cases("2026-03-10T09:00", case, *events)
        chains = [found["chain", report, 1] for report in ("r1", "r2")]
        assert [one.started_at for one in chains] == [
            at("2026-03-02T09:00"),
            at("2026-03-03T09:00"),
        ]
        assert {one.stopped_at for one in chains} == {at("2026-03-09T09:00")}
    assert found["acceptance", "case", 1].started_at == at("2026-03-03T09:00")


def test_the_chains_of_reports_that_stayed_elsewhere_are_not_this_cases() -> None:
    events = (
        ("B", "2026-03-02T09:00", "filed", {"report": "r1"}),
        ("B", "2026-03-03T09:00", "filed", {"report": "r2"}),
        ("C", "2026-03-04T09:00", "split", {"from": "B", "reports": ["r2"]}),
        ("B", "2026-03-05T09:00", "refused", {}),
    )
    found = across_cases("2026-03-06T09:00", "C", *events, reports={"r2"})
    assert [key for key in found if key[0] == "chain"] == [("chain", "r2", 1)]
    # The refusal answered who stayed behind, not the reporter whose part went its own way.
    assert found["chain", "r2", 1].is_open
    named = ("B", "2026-03-05T09:00", "refused", {})
    found = across_cases("2026-03-06T09:00", "C", *events[:3], named)
    assert found["chain", "r2", 1].is_open and not found["chain", "r1", 1].is_open


def test_a_part_split_off_before_acceptance_waits_since_the_first_filing() -> None:
    events = (
        ("B", "2026-03-02T09:00", "filed", {"report": "r1"}),
        ("B", "2026-03-04T09:00", "split", {"into": "C", "reports": ["r1"]}),
        ("C", "2026-03-04T09:00", "split", {"from": "B", "reports": ["r1"]}),
    )
    found = across_cases("2026-03-05T09:00", "C", *events)
    assert found["acceptance", "case", 1].started_at == at("2026-03-02T09:00")
    assert found["chain", "r1", 1].is_open
    assert ("chain", "r1", 1) not in across_cases("2026-03-05T09:00", "B", *events)
    accepted = (
        events[0],
        ("B", "2026-03-03T09:00", "accepted", {}),
        *events[1:],
    )
    found = across_cases("2026-03-05T09:00", "C", *accepted)
    assert found["acceptance", "case", 1].started_at == at("2026-03-04T09:00")


# Breaches and versions


def recorded(kind: str, due_at: datetime) -> Event:
    payload = {"clock": kind, "subject": "case", "episode": 1, "due_at": due_at.isoformat()}
    return ("2026-03-25T06:00", "breached", payload)


@pytest.mark.trap(9)
@pytest.mark.promise(5)
def test_a_recorded_breach_survives_any_later_policy_calendar_and_move() -> None:
    was_due = at("2026-03-25T00:00")
    mild = make_policy({**domain_limits(), "verification": make_limit("verification", 90, "month")})
    none = make_policy({})
    rest = make_calendar(rest=[date(2026, 3, n) for n in range(4, 25)])
    later: list[Event] = [("2026-03-26T10:00", "verified", {}), ("2026-03-27T10:00", "closed", {})]
    for policies, calendar in (([mild], calendar_2026()), ([POLICY], rest), ([none], rest)):
        for events in ([], later):
            found = one(
                "verification",
                *ROAD,
                recorded("verification", was_due),
                *events,
                as_of="2026-03-28T09:00",
                policies=policies,
                calendar=calendar,
            )
            assert found.breach and found.due_at == was_due and found.why.recorded
            assert [breach.key for breach in breaches([found], at("2026-03-28T09:00"))] == [
                ("verification", "case", 1)
            ]


def test_a_recorded_breach_of_the_milder_limit_stays_with_the_clock_that_became_stricter() -> None:
    level = ("2026-03-26T09:00", "level_decided", {"level": "major"})
    events = (*ROAD, recorded("verification", at("2026-03-25T00:00")), level)
    found = [one for one in read(*events, as_of="2026-03-28T09:00").values() if one.breach]
    kinds = [breach.key for breach in breaches(found, at("2026-03-28T09:00"))]
    assert kinds.count(("verification", "case", 1)) == 1


def test_the_policy_in_force_when_a_clock_started_is_the_one_that_holds() -> None:
    changed = make_policy(
        {**domain_limits(), "verification": make_limit("verification", 1, "working_day"),
         "feedback": make_limit("feedback", 2, "calendar_day")},
        version=2, holds_from=at("2026-03-04T00:00"),
    )  # fmt: skip
    found = read(*ROAD, VERIFIED, policies=[POLICY, changed])
    assert found["verification", "case", 1].policy_version == 1
    assert last_day(found["verification", "case", 1]) == "2026-03-24"
    assert found["feedback", "case", 1].policy_version == 2
    assert last_day(found["feedback", "case", 1]) == "2026-03-09"


def test_an_old_case_from_before_the_first_policy_is_read_by_the_first() -> None:
    late = make_policy(holds_from=at("2026-06-01T00:00"))
    assert one("acceptance", FILED, policies=[late]).policy_version == 1


def test_without_any_policy_there_is_a_plain_error() -> None:
    with pytest.raises(ValueError, match="no time-limit policy"):
        readings([], [], calendar_2026(), as_of=at("2026-03-03T00:00"))


def test_a_provisional_due_date_says_so_and_is_worked_out_anew_with_the_notice() -> None:
    events: tuple[Event, ...] = (("2026-12-28T09:00", "filed", {"report": "r1"}),)
    before = one("acceptance", *events, as_of="2026-12-29T09:00")
    assert before.provisional and last_day(before) == "2027-01-05"
    noticed = make_calendar(rest=[date(2027, 1, n) for n in (1, 4, 5)], noticed=[2026, 2027])
    after = one("acceptance", *events, as_of="2026-12-29T09:00", calendar=noticed)
    assert not after.provisional and last_day(after) == "2027-01-07"


@pytest.mark.trap(32)
def test_reading_a_clock_changes_no_clock() -> None:
    listed = facts(*ROAD, VERIFIED, *paused(("09T10:00", None)))
    calendar = calendar_2026()
    first = readings(listed, [POLICY], calendar, as_of=at("2026-03-12T09:00"))
    for reading in first:
        assert reading.why
    for day in range(13, 20):
        readings(listed, [POLICY], calendar, as_of=at(f"2026-03-{day}T09:00"))
    assert readings(listed, [POLICY], calendar, as_of=at("2026-03-12T09:00")) == first
    assert days_of(calendar).is_working(date(2026, 2, 28))


def test_what_has_not_begun_is_listed_while_the_case_is_open_and_not_after() -> None:
    found = tuple(read(FILED, ACCEPTED).values())
    kinds = [one.kind for one in upcoming(found, POLICY)]
    assert kinds == ["sign_for", "first_response", "verification", "feedback"]
    assert {one.state for one in upcoming(found, POLICY)} == {State.NOT_STARTED}
    closed = tuple(read(*ROAD, VERIFIED, CONCLUDED, CLOSED, as_of="2026-04-30T09:00").values())
    assert upcoming(closed, POLICY) == ()
