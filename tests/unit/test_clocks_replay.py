"""What events do to the clocks of the road: returns, levels, pauses, extensions."""

from datetime import timedelta
from typing import Any

import pytest

from portal.clocks import messages
from portal.clocks.explain import sentences
from portal.clocks.reading import Reading, State, breaches
from tests.support.clock_reader import (
    ACCEPTED,
    CLOSED,
    CONCLUDED,
    DISPATCHED,
    FILED,
    ROAD,
    SIGNED,
    VERIFIED,
    Event,
    last_day,
    one,
    paused,
    read,
)
from tests.support.clocks import (
    at,
    domain_limits,
    make_limit,
    make_policy,
)

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


URGENT: Event = ("2026-03-02T10:00", "dispatched", {"priority": "urgent"})


def visit(recorded: str, visited: str | None) -> Event:
    payload = {"visited_at": at(visited).isoformat()} if visited else {}
    return (recorded, "inspected", payload)


@pytest.mark.parametrize(
    ("recorded", "visited", "state", "stopped"),
    [
        # Written down in the evening: it is being there that ends the clock.
        ("2026-03-02T20:00", "2026-03-02T15:00", State.DONE, "2026-03-02T15:00"),
        ("2026-03-03T10:00", "2026-03-03T10:00", State.DONE, "2026-03-03T10:00"),
        ("2026-03-02T20:00", None, State.DONE, "2026-03-02T20:00"),
        # There before it was sent to the group: not before the clock began.
        ("2026-03-02T20:00", "2026-03-02T09:30", State.DONE, "2026-03-02T10:00"),
        # Written down when the limit had passed: an earlier hour undoes no miss.
        ("2026-03-03T10:01", "2026-03-02T15:00", State.DONE_LATE, "2026-03-03T10:01"),
    ],
)
def test_an_urgent_visit_ends_when_somebody_was_there_and_is_late_when_it_is_told_late(
    recorded: str, visited: str | None, state: State, stopped: str
) -> None:
    found = one("urgent_on_site", FILED, URGENT, visit(recorded, visited))
    assert (found.state, found.stopped_at) == (state, at(stopped))
    assert found.due_at == at("2026-03-03T10:00")
    told = [message for message, _values in sentences(found)]
    assert (messages.VISIT_TOLD_LATE in told) == (state is State.DONE_LATE)
    # Late also where a job has noted the breach before anybody told of the visit, and once only.
    if state is State.DONE_LATE:
        assert [one.kind for one in breaches([found], at("2026-03-04T10:00"))] == ["urgent_on_site"]


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
