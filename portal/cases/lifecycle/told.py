"""What the reporter is told: from state and facts together, never from the state alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.cases.kinds import Finding, Resolution, State
from portal.cases.lifecycle.facts import CaseColumns

NOT_CONFIRMED = frozenset({Finding.NOT_TRUE, Finding.UNVERIFIABLE})


class Told(StrEnum):
    """Where a report stands, as its reporter reads it."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    MOVING = "moving"
    ASSIGNED = "assigned"
    IN_HAND = "in_hand"
    VERIFIED = "verified"
    RECTIFYING = "rectifying"
    REVIEWING = "reviewing"
    ON_SPOT = "on_spot"
    ALL_PASSED = "all_passed"
    ANSWERED = "answered"
    RECTIFIED = "rectified"
    NOT_FOUND = "not_found"
    NOT_FOUND_UNVISITED = "not_found_unvisited"
    UNCLEAR = "unclear"
    REFUSED = "refused"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"
    ACCIDENT = "accident"
    TOGETHER = "together"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is told, and the sentences that go with it."""

    told: Told
    paused: bool
    late: bool
    reopened: bool
    withdrawn: bool


def standing(
    case: CaseColumns,
    *,
    now: datetime,
    delay: timedelta,
    all_passed: bool,
    late: bool,
    withdrawn: bool,
    answered: bool,
    said_by_unit: bool,
) -> Standing:
    """Say where a report stands. A dispatch younger than `delay` is not told yet: it may be taken
    back; `all_passed` says that every live task was checked by another person, `answered` that
    this report has its answer, `said_by_unit` that the unit reported a task that waits to be
    checked.
    """
    return Standing(
        told=_told(
            case,
            now=now,
            delay=delay,
            all_passed=all_passed,
            answered=answered,
            said_by_unit=said_by_unit,
        ),
        paused=case.paused_at is not None,
        late=late and case.concluded_at is None and case.state is not State.CLOSED,
        reopened=case.reopen_count > 0 and case.state is not State.CLOSED,
        withdrawn=withdrawn and case.state is not State.CLOSED,
    )


def _told(
    case: CaseColumns,
    *,
    now: datetime,
    delay: timedelta,
    all_passed: bool,
    answered: bool,
    said_by_unit: bool,
) -> Told:
    if case.state is State.CLOSED:
        return _closed(case)
    # One that was withdrawn gets no answer: it is told where the case stands.
    if case.concluded_at is not None and answered:
        return Told.ANSWERED
    if case.state is State.RECEIVED:
        return _at_the_desk(case)
    if case.state is State.ASSIGNED:
        if case.dispatched_at is not None and now - case.dispatched_at < delay:
            return Told.RECEIVED if case.accepted_with_dispatch else _at_the_desk(case)
        return Told.ASSIGNED
    if case.finding in NOT_CONFIRMED:
        # What a unit may be putting right is another hazard than the one reported.
        return Told.VERIFIED
    if case.state is State.RECTIFYING:
        return Told.RECTIFYING
    if case.state is State.REVIEWING:
        if all_passed:
            return Told.ALL_PASSED
        return Told.REVIEWING if said_by_unit else Told.ON_SPOT
    return Told.VERIFIED if case.verified_at is not None else Told.IN_HAND


def _at_the_desk(case: CaseColumns) -> Told:
    if case.accepted_at is None:
        return Told.RECEIVED
    return Told.MOVING if case.return_count else Told.ACCEPTED


def _closed(case: CaseColumns) -> Told:
    visited = case.inspected_at is not None
    not_found = Told.NOT_FOUND if visited else Told.NOT_FOUND_UNVISITED
    # What was put right may be other hazards than the one reported.
    other = {Finding.NOT_TRUE: not_found, Finding.UNVERIFIABLE: Told.UNCLEAR}
    return {
        Resolution.RECTIFIED: other.get(case.finding or Finding.TRUE, Told.RECTIFIED),
        Resolution.UNFOUNDED: not_found,
        Resolution.UNVERIFIABLE: Told.UNCLEAR,
        Resolution.REFUSED: Told.REFUSED,
        Resolution.TRANSFERRED_OUT: Told.TRANSFERRED,
        Resolution.WITHDRAWN: Told.WITHDRAWN,
        Resolution.ACCIDENT: Told.ACCIDENT,
        Resolution.DUPLICATE: Told.TOGETHER,
    }[case.resolution or Resolution.UNFOUNDED]
