"""What each event does to the clocks: returns, pauses, extensions, merges, reopenings, breaches."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from portal.clocks.days import days_of
from portal.clocks.facts import Fact
from portal.clocks.reading import Reading, State, breaches
from portal.clocks.readings import readings, upcoming
from tests.support.clocks import (
    at,
    calendar_2026,
    domain_limits,
    facts,
    make_calendar,
    make_limit,
    make_policy,
)

POLICY = make_policy()
Event = tuple[str, str] | tuple[str, str, dict[str, Any]]
FILED: Event = ("2026-03-02T09:00", "filed", {"report": "r1", "channel": "web"})
ACCEPTED: Event = ("2026-03-03T09:00", "accepted", {"category": "fire"})
DISPATCHED: Event = ("2026-03-03T10:00", "dispatched", {"priority": "normal"})
SIGNED: Event = ("2026-03-03T14:00", "signed_for", {})
VERIFIED: Event = ("2026-03-06T10:00", "verified", {"finding": "verified_true"})
CONCLUDED: Event = ("2026-03-10T10:00", "concluded", {"reports": ["r1"]})
CLOSED: Event = ("2026-03-11T10:00", "closed", {})
ROAD = (FILED, ACCEPTED, DISPATCHED, SIGNED)
TESTING = {"reason": "testing_or_inspection"}


def read(
    *events: Event, as_of: str = "2026-03-12T12:00", **more: Any
) -> dict[tuple[str, str, int], Reading]:
    more = {"policies": [POLICY], "calendar": calendar_2026()} | more
    found = readings(facts(*events), as_of=at(as_of), **more)
    return {(one.kind, one.subject, one.episode): one for one in found}


def one(kind: str, *events: Event, episode: int = 1, subject: str = "case", **more: Any) -> Reading:
    return read(*events, **more)[kind, subject, episode]


def last_day(reading: Reading) -> str:
    assert reading.last_day is not None
    return reading.last_day.isoformat()


# Starting and stopping


def test_a_case_on_time_leaves_no_clock_running_but_the_right_to_object() -> None:
    answered = ("2026-03-04T10:00", "answered", {"substantive": True, "by_person": True})
    found = read(*ROAD, answered, VERIFIED, CONCLUDED, CLOSED)
    running = {key[0] for key, reading in found.items() if reading.is_open}
    assert running == {"objection"}
    assert not any(reading.breach for reading in found.values())
    assert found["handling_total", "case", 1].stopped_at == at("2026-03-10T10:00")
    assert found["feedback", "case", 1].started_at == at("2026-03-06T10:00")
    assert found["first_response", "case", 1].stopped_by == "answered"
    silent = one("first_response", *ROAD, VERIFIED, CONCLUDED)
    assert (silent.stopped_by, silent.state) == ("concluded", State.DONE_LATE)


def test_only_an_answer_by_a_person_with_substance_is_a_first_response() -> None:
    automatic = ("2026-03-03T11:00", "answered", {"report": "r1", "substantive": True})
    empty = ("2026-03-03T12:00", "answered", {"report": "r1", "by_person": True})
    real = ("2026-03-04T08:00", "asked", {"by_person": True, "substantive": True})
    assert one("first_response", *ROAD, automatic, empty).stopped_at is None
    assert one("first_response", *ROAD, automatic, empty, real).stopped_at == at(real[0])


def test_a_case_without_a_report_owes_no_answer() -> None:
    opened: Event = ("2026-03-02T09:00", "opened", {})
    kinds = {key[0] for key in read(opened, ACCEPTED, DISPATCHED, SIGNED, VERIFIED)}
    assert {"acceptance", "verification", "handling_total"} <= kinds
    assert not kinds & {"chain", "first_response", "feedback", "objection"}


def test_an_import_of_the_past_starts_no_clock_and_one_of_work_does() -> None:
    assert not read(("2026-03-02T09:00", "imported", {"state": "closed"}))
    assert not read(("2026-03-02T09:00", "imported", {}))
    assert read(("2026-03-02T09:00", "imported", {"state": "received"}))


@pytest.mark.parametrize("kind", ["refused", "transferred_out", "accident_referred"])
def test_a_refusal_is_the_decision_on_acceptance_and_the_answer(kind: str) -> None:
    found = read(FILED, ("2026-03-04T09:00", kind, {}))
    assert found["acceptance", "case", 1].state is State.DONE
    assert found["chain", "r1", 1].stopped_at == at("2026-03-04T09:00")
    assert (("objection", "r1", 1) in found) == (kind != "accident_referred")


def test_what_a_case_no_longer_owes_is_cancelled_but_a_breach_of_it_stays() -> None:
    transferred = ("2026-03-09T09:00", "transferred_out", {})
    found = read(*ROAD, transferred)
    assert found["handling_total", "case", 1].state is State.CANCELLED
    assert found["verification", "case", 1].state is State.CANCELLED
    late = found["first_response", "case", 1]
    assert (late.state, late.breach) == (State.CANCELLED, True)
    assert [one.kind for one in breaches(list(found.values()), at("2026-04-01T00:00"))] == [
        "first_response"
    ]


def test_a_right_that_has_passed_is_done_and_nobodys_breach() -> None:
    found = read(*ROAD, as_of="2026-03-20T09:00")["return_request", "case", 1]
    assert (found.state, found.breach, found.window) == (State.DONE, False, True)
    lapsed = one("objection", *ROAD, VERIFIED, CONCLUDED, subject="r1", as_of="2026-03-30T09:00")
    assert (lapsed.state, lapsed.breach) == (State.DONE, False)


@pytest.mark.trap(45)
def test_the_sign_clock_breaches_by_itself_and_the_chain_began_at_the_click() -> None:
    events = (FILED, ACCEPTED, ("2026-03-03T10:00", "dispatched", {"priority": "urgent"}))
    found = read(*events, as_of="2026-03-03T12:01")
    assert found["sign_for_urgent", "case", 1].state is State.OVERDUE
    assert found["chain", "r1", 1].elapsed == timedelta(days=1, hours=3, minutes=1)
    assert not read(*events, as_of="2026-03-03T12:00")["sign_for_urgent", "case", 1].breach


# Returns, reassignments, taking back


def test_a_return_gives_the_next_dispatch_its_own_clocks_and_restarts_nothing_else() -> None:
    returned = ("2026-03-04T09:00", "returned", {})
    again = ("2026-03-04T15:00", "dispatched", {"priority": "urgent"})
    found = read(*ROAD, returned, again)
    assert found["sign_for", "case", 1].state is State.DONE
    assert found["sign_for_urgent", "case", 2].started_at == at("2026-03-04T15:00")
    assert found["first_response", "case", 1].state is State.CANCELLED
    assert found["first_response", "case", 2].started_at == at("2026-03-04T15:00")
    assert found["return_request", "case", 1].state is State.DONE
    assert found["verification", "case", 1].state is State.CANCELLED
    assert found["dispatch", "case", 2].started_at == at("2026-03-04T09:00")
    assert found["dispatch", "case", 2].state is State.DONE
    assert found["handling_total", "case", 1].started_at == at("2026-03-03T09:00")
    for kind in ("acceptance", "handling_total"):
        assert (kind, "case", 2) not in found
    assert ("chain", "r1", 2) not in found


def test_a_later_return_waits_for_its_ruling_and_the_group_keeps_the_case() -> None:
    asked = ("2026-03-04T09:00", "return_asked", {})
    found = read(*ROAD, asked, as_of="2026-03-05T08:00")
    assert last_day(found["return_decision", "case", 1]) == "2026-03-05"
    assert found["verification", "case", 1].state is State.RUNNING
    refused = ("2026-03-05T10:00", "return_decided", {"upheld": False})
    assert one("verification", *ROAD, asked, refused).state is State.RUNNING
    upheld = ("2026-03-05T10:00", "return_decided", {"upheld": True})
    assert one("verification", *ROAD, asked, upheld).state is State.CANCELLED


def test_passing_a_case_on_wins_no_time() -> None:
    passed = ("2026-03-05T09:00", "reassigned", {})
    signed = ("2026-03-06T09:00", "signed_for", {})
    found = read(*ROAD, passed, signed)
    assert found["sign_for", "case", 2].started_at == at("2026-03-05T09:00")
    assert found["verification", "case", 1].started_at == at("2026-03-03T14:00")
    assert ("verification", "case", 2) not in found
    waiting = read(FILED, ACCEPTED, DISPATCHED, ("2026-03-03T11:00", "reassigned", {}))
    assert waiting["sign_for", "case", 1].state is State.CANCELLED
    assert waiting["sign_for", "case", 2].is_open


def without_cancelled(found: dict[tuple[str, str, int], Reading]) -> dict[Any, Reading]:
    return {key: one for key, one in found.items() if one.state is not State.CANCELLED}


def test_taking_back_a_dispatch_gives_back_what_was_before() -> None:
    back = ("2026-03-03T10:08", "taken_back", {"acceptance_too": False})
    before = read(FILED, ACCEPTED)
    assert without_cancelled(read(FILED, ACCEPTED, DISPATCHED, back)) == before
    both = ("2026-03-03T10:08", "taken_back", {"acceptance_too": True})
    assert without_cancelled(read(FILED, ACCEPTED, DISPATCHED, both)) == read(FILED)


def test_after_taking_back_the_next_acceptance_starts_the_handling() -> None:
    back = ("2026-03-03T10:08", "taken_back", {"acceptance_too": True})
    again = ("2026-03-04T10:00", "accepted", {"category": "chem"})
    found = read(FILED, ACCEPTED, DISPATCHED, back, again)
    assert found["acceptance", "case", 1].stopped_at == at("2026-03-04T10:00")
    open_total = [one for key, one in found.items() if key[0] == "handling_total" and one.is_open]
    assert [one.started_at for one in open_total] == [at("2026-03-04T10:00")]


# Categories and levels


@pytest.mark.trap(3)
def test_sorting_again_moves_no_start_and_no_due_date() -> None:
    again = ("2026-03-09T09:00", "accepted", {"category": "chem.no_ventilation"})
    before, after = read(*ROAD), read(*ROAD, again)
    assert {key: one.due_at for key, one in after.items()} == {
        key: one.due_at for key, one in before.items()
    }


@pytest.mark.trap(3)
def test_of_two_limits_the_stricter_holds_unless_a_lead_says_otherwise() -> None:
    def level(word: str, **more: Any) -> Event:
        return ("2026-03-04T09:00", "level_decided", {"level": word, **more})

    plain = one("verification", *ROAD)
    assert last_day(plain) == "2026-03-24"
    stricter = one("verification_major", *ROAD, level("major"))
    assert last_day(stricter) == "2026-03-10"
    assert stricter.started_at == plain.started_at
    assert set(stricter.why.stricter_of) == {"verification", "verification_major"}
    kept = one("verification", *ROAD, level("major", keep_limit=True))
    assert kept.due_at == plain.due_at
    suspected: Event = ("2026-03-03T10:00", "dispatched", {"suspected_major": True})
    milder = one("verification_major", FILED, ACCEPTED, suspected, SIGNED, level("general"))
    assert last_day(milder) == "2026-03-10"


# Pauses and extensions


def paused(*spans: tuple[str, str | None]) -> list[Event]:
    found: list[Event] = []
    for begin, end in spans:
        found.append((f"2026-03-{begin}", "paused", TESTING))
        if end is not None:
            found.append((f"2026-03-{end}", "resumed", {}))
    return found


def test_pause_days_are_left_out_of_limits_in_days_and_shown() -> None:
    found = read(*ROAD, *paused(("05T10:00", "10T10:00")), as_of="2026-03-11T12:00")
    verification = found["verification", "case", 1]
    # 6, 9 and 10 March do not count: three working days more than the 24th.
    assert last_day(verification) == "2026-03-27"
    assert [one.paused_at for one in verification.pauses] == [at("2026-03-05T10:00")]
    assert verification.elapsed == timedelta(days=7, hours=22) - timedelta(days=5)
    # 60 days from 3 March end on 2 May; five pause days more end on 7 May.
    assert last_day(found["handling_total", "case", 1]) == "2026-05-07"
    assert found["first_response", "case", 1].pauses == ()


def test_while_paused_a_clock_is_not_due_and_says_what_would_be() -> None:
    found = one("verification", *ROAD, *paused(("05T10:00", None)), as_of="2026-03-10T12:00")
    assert (found.state, found.due_at) == (State.PAUSED, None)
    if_resumed = found.why.due_if_resumed
    assert if_resumed == at("2026-03-28T00:00")
    assert not found.breach


def test_a_pause_on_the_last_day_comes_too_late_since_that_day_counts_as_used() -> None:
    events = [*ROAD, *paused(("24T09:00", None))]
    found = one("verification", *events, as_of="2026-03-24T12:00")
    assert (found.state, last_day(found)) == (State.RUNNING, "2026-03-24")
    assert one("verification", *events, as_of="2026-03-26T12:00").state is State.OVERDUE
    before = one("verification", *ROAD, *paused(("23T09:00", None)), as_of="2026-03-26T12:00")
    assert before.state is State.PAUSED


def test_a_pause_counts_for_no_longer_than_its_cap() -> None:
    policy = make_policy(max_days=3)
    events = [*ROAD, *paused(("05T10:00", None))]
    more = {"policies": [policy]}
    assert one("verification", *events, as_of="2026-03-08T09:00", **more).state is State.PAUSED
    after = one("verification", *events, as_of="2026-03-09T09:00", **more)
    # Only Friday 6 March of the three days was a working day.
    assert (after.state, last_day(after)) == (State.RUNNING, "2026-03-25")
    resumed = [*ROAD, *paused(("05T10:00", "20T10:00"))]
    assert last_day(one("verification", *resumed, as_of="2026-03-21T09:00", **more)) == "2026-03-25"


def test_a_pause_for_a_reason_that_is_not_listed_does_not_count() -> None:
    tired = ("2026-03-05T10:00", "paused", {"reason": "tired"})
    found = one("verification", *ROAD, tired)
    assert (found.state, last_day(found)) == (State.RUNNING, "2026-03-24")
    assert [one.reason for one in found.pauses] == ["tired"]


@pytest.mark.trap(4)
def test_a_clock_in_hours_has_after_the_pause_what_it_had_before() -> None:
    limits = {
        **domain_limits(),
        "sign_for_urgent": make_limit("sign_for_urgent", 5, "clock_hour", pausable=True),
    }
    events = [
        FILED, ACCEPTED, ("2026-03-03T10:00", "dispatched", {"priority": "urgent"}),
        *paused(("03T12:00", "04T09:00")),
    ]  # fmt: skip
    more = {"policies": [make_policy(limits)]}
    found = one("sign_for_urgent", *events, as_of="2026-03-04T09:30", **more)
    assert found.due_at == at("2026-03-04T12:00")
    assert one("sign_for_urgent", *events, as_of="2026-03-03T13:00", **more).state is State.PAUSED


def test_a_closed_case_is_not_paused_any_more_when_it_is_reopened() -> None:
    events = [*ROAD, VERIFIED, *paused(("09T10:00", None)), CONCLUDED, CLOSED]
    reopened: Event = ("2026-03-12T09:00", "reopened", {})
    assert one("verification", *events, reopened, episode=2).state is State.RUNNING


@pytest.mark.trap(5)
def test_a_pause_is_kept_when_the_stricter_limit_takes_over() -> None:
    level = ("2026-03-11T09:00", "level_decided", {"level": "major"})
    found = one("verification_major", *ROAD, *paused(("05T10:00", "10T10:00")), level)
    assert last_day(found) == "2026-03-13"


def extension(day: str, value: int = 30) -> Event:
    return (
        f"2026-{day}T10:00",
        "extension_decided",
        {"clock": "handling_total", "granted": True, "value": value},
    )


def test_an_extension_adds_units_within_its_cap_and_once() -> None:
    def total(*events: Event) -> str:
        return last_day(one("handling_total", *ROAD, *events, as_of="2026-04-20T09:00"))

    assert total() == "2026-05-06"  # 2 May lies in the holiday
    assert total(extension("04-01")) == "2026-06-01"
    assert total(extension("04-01", 90)) == "2026-06-01"
    assert total(extension("04-01"), extension("04-02")) == "2026-06-01"
    refused = ("2026-04-01T10:00", "extension_decided", {"granted": False, "value": 30})
    assert total(refused) == "2026-05-06"


@pytest.mark.trap(9)
def test_an_extension_after_the_due_date_wipes_out_no_breach() -> None:
    found = one("handling_total", *ROAD, extension("05-07"), as_of="2026-05-20T09:00")
    assert (found.state, last_day(found), found.extensions) == (State.OVERDUE, "2026-05-06", ())


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


def across_cases(as_of: str, case_id: str, *events: tuple[str, str, str, dict[str, Any]]) -> Any:
    listed = [
        Fact(kind, at(when), seq, payload, case)
        for seq, (case, when, kind, payload) in enumerate(events)
    ]
    found = readings(listed, [POLICY], calendar_2026(), as_of=at(as_of), case_id=case_id)
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
