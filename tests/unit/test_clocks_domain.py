"""The worked cases of the field: every deadline, by hand and by replay of the events."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from portal.clocks.due import due, is_on_time, latest_before
from portal.clocks.facts import Fact
from portal.clocks.reading import Reading, State
from portal.clocks.readings import readings
from tests.support.clocks import (
    ZONE,
    at,
    calendar_2026,
    domain,
    domain_limits,
    make_limit,
    make_policy,
)

CASES = {case["id"]: case for case in domain("cases.yaml")["cases"]}
DEADLINES = [(name, line) for name, case in CASES.items() for line in case["deadlines"]]


def moment(value: Any) -> datetime:
    """YAML reads a time without seconds as text."""
    return at(value if isinstance(value, str) else value.isoformat())


def end_of_day(text: str) -> datetime:
    day = date.fromisoformat(text) + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def title(value: object) -> str:
    return f"{value['limit']} {value['on']}" if isinstance(value, dict) else str(value)


@pytest.mark.trap(6)
@pytest.mark.parametrize("check", domain("cases.yaml")["calendar_checks"], ids=lambda c: c["why"])
def test_make_up_days_and_holidays_count_as_by_hand(check: dict[str, Any]) -> None:
    unit = "working_day" if "working_days" in check else "calendar_day"
    limit = make_limit("given", check.get("working_days") or check["calendar_days"], unit)
    found = due(at(f"{check['from']}T10:00"), limit, calendar_2026(), make_policy())
    assert found.last_day.isoformat() == check["due"]
    assert found.provisional == check.get("provisional", False)


@pytest.mark.parametrize(("case", "line"), DEADLINES, ids=title)
def test_each_deadline_of_the_worked_cases_is_met(case: str, line: dict[str, Any]) -> None:
    limit = make_limit(line["limit"], line["value"], line["unit"])
    if "before" in line:
        found = latest_before(at(f"{line['before']}T12:00"), limit, calendar_2026(), make_policy())
        assert found.last_day.isoformat() == line["latest"]
    else:
        found = due(moment(line["start"]), limit, calendar_2026(), make_policy())
        if "due" in line:
            assert found.last_day.isoformat() == line["due"]
            assert found.due_at == end_of_day(line["due"])
        else:
            assert found.due_at == moment(line["due_at"])
        rolled = found.rolled_from.isoformat() if found.rolled_from else None
        assert rolled == line.get("last_day_before_roll")
    if "counted_days" in line:
        assert [day.isoformat() for day in found.counted] == line["counted_days"]
    if "done_at" in line:
        assert is_on_time(moment(line["done_at"]), found.due_at) == line["on_time"]


#: What an inspector sets for one hazard, and a report due several times, have numbers of their own.
OWN_NUMBERS = {"rectify_major", "progress_report", "reward_claim"}
BY_LIMIT = [
    (name, line)
    for name, line in DEADLINES
    if line["limit"] not in OWN_NUMBERS and "second" not in line["on"]
]


@pytest.mark.parametrize(("case", "line"), BY_LIMIT, ids=title)
def test_the_numbers_of_the_worked_cases_are_those_of_the_limits(
    case: str, line: dict[str, Any]
) -> None:
    limit = domain_limits()[line["limit"]]
    assert (limit.value, limit.unit.value) == (line["value"], line["unit"])


def as_facts(case: dict[str, Any]) -> list[Fact]:
    """The events of a worked case under the names of the table of moves."""
    found = list(_as_facts(case))
    return [Fact(kind, moment, seq, payload) for seq, (kind, moment, payload) in enumerate(found)]


def _as_facts(case: dict[str, Any]) -> Iterator[tuple[str, datetime, dict[str, Any]]]:
    levels = {hazard["id"]: hazard["level"] for hazard in case["hazards"]}
    due_on = {item["hazard"]: item["due"] for item in case["task_book"]}
    again = {
        str(line["on"]).split()[0]: line["due"]
        for line in case["deadlines"]
        if "second" in str(line["on"])
    }
    reports = ["r1"]
    done: set[str] = set()
    for event in case["events"]:
        when = moment(event["at"])
        match event["do"]:
            case "submit":
                yield "filed", when, {"report": "r1", "channel": "web"}
            case "duplicate_report":
                reports.append("r2")
                yield "filed", when, {"report": "r2", "channel": "web"}
            case "accept":
                yield "accepted", when, {"category": "any"}
            case "dispatch":
                yield (
                    "dispatched",
                    when,
                    {
                        "priority": event.get("priority", "normal"),
                        "suspected_major": event.get("flag") == "suspected_major",
                    },
                )
            case "sign_for":
                yield "signed_for", when, {}
            case "return_request":
                yield "return_asked", when, {}
            case "return_approved":
                yield "return_decided", when, {"upheld": True}
            case "first_response":
                yield "answered", when, {"report": "r1", "substantive": True, "by_person": True}
            case "on_site":
                yield "inspected", when, {}
            case "rectify_on_spot":
                done.add(event["hazard"])
            case "verify":
                yield "verified", when, {"finding": event["conclusion"]}
            case "decide_level":
                yield "level_decided", when, {"level": event["level"]}
            case "order":
                items = [
                    {"id": one, "due_on": due_on[one], "done": one in done, "level": levels[one]}
                    for one in event["hazards"]
                ]
                yield "task_book_issued", when, {"items": items}
            case "request_review":
                for one in event.get("hazards", sorted(levels)):
                    yield "item_reported", when, {"item": one}
            case "review":
                for one, result in event["results"].items():
                    if result == "pass":
                        yield "review_passed", when, {"item": one}
                    else:
                        yield "review_failed", when, {"item": one, "new_due_on": again[one]}
            case "feedback":
                yield "concluded", when, {"reports": reports}
            case "close":
                yield "closed", when, {}


def read(case: str, as_of: str = "2026-11-01T12:00") -> tuple[Reading, ...]:
    return readings(as_facts(CASES[case]), [make_policy()], calendar_2026(), as_of=at(as_of))


KINDS = {
    "acceptance", "dispatch", "sign_for", "sign_for_urgent", "return_request", "return_decision",
    "first_response", "urgent_on_site", "verification", "verification_major", "handling_total",
    "feedback", "objection", "review", "rectify_general", "rectify_major",
}  # fmt: skip
REPLAYED = [(name, line) for name, line in DEADLINES if line["limit"] in KINDS]


def subjects(line: dict[str, Any]) -> list[str]:
    if line["limit"] == "objection":
        return ["r1"]
    if line["on"].startswith("H"):
        return line["on"].split()[0].split(",")
    return ["case"]


@pytest.mark.parametrize(("case", "line"), REPLAYED, ids=title)
def test_replaying_a_worked_case_gives_its_deadlines(case: str, line: dict[str, Any]) -> None:
    kind = "item" if line["limit"].startswith("rectify") else line["limit"]
    for subject in subjects(line):
        same = [one for one in read(case) if (one.kind, one.subject) == (kind, subject)]
        start = moment(line["start"])
        # C3 came by telephone and was registered 40 minutes after it was filed.
        found = [one for one in same if one.started_at in (start, start - timedelta(minutes=40))]
        assert len(found) == 1, (subject, same)
        reading = found[0]
        expected = end_of_day(line["due"]) if "due" in line else moment(line["due_at"])
        assert reading.due_at == expected
        assert reading.breach == (not line.get("on_time", True))
        # In C2 the unit had done it a day before it asked for the review.
        if "done_at" in line and (case, kind) != ("C2", "item"):
            assert reading.stopped_at == moment(line["done_at"])
        if "counted_days" in line:
            assert [day.isoformat() for day in reading.why.counted] == line["counted_days"]


def test_the_worked_cases_have_one_breach_and_it_is_the_late_sign_for() -> None:
    late = {
        (case, one.kind, one.episode, one.state)
        for case in CASES
        for one in read(case)
        if one.breach
    }
    # The spot item H1 of C1 waited for its review until the day of closing, which no line of the
    # worked case speaks of: the photographs of the inspection stood for it.
    assert late - {("C1", "review", 1, State.CANCELLED)} == {
        ("C3", "sign_for_urgent", 2, State.DONE_LATE)
    }


def test_a_clock_is_overdue_a_minute_after_its_hour_and_not_a_minute_before() -> None:
    def sign_for(as_of: str) -> Reading:
        return next(one for one in read("C3", as_of) if one.kind == "sign_for_urgent")

    assert sign_for("2026-06-16T16:59").state is State.RUNNING
    assert sign_for("2026-06-16T17:00").state is State.RUNNING
    assert sign_for("2026-06-16T17:01").state is State.OVERDUE


def test_a_second_deadline_replaces_the_first_at_a_failed_review() -> None:
    (first, second) = [
        one for one in read("C1", "2026-04-25T12:00") if (one.kind, one.subject) == ("item", "H5")
    ]
    assert (first.state, second.state) == (State.DONE, State.RUNNING)
    assert second.due_at == end_of_day("2026-04-27")


@pytest.mark.trap(45)
def test_the_chain_runs_from_each_reports_click_whatever_the_groups_do() -> None:
    chains = {one.subject: one for one in read("C3") if one.kind == "chain"}
    assert chains["r1"].started_at == at("2026-06-15T08:50")
    assert chains["r2"].started_at == at("2026-06-16T12:05")
    assert {one.stopped_at for one in chains.values()} == {at("2026-06-22T10:00")}
    assert not any(one.pauses or one.due_at for one in chains.values())
