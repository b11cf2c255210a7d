"""Listing for supervision: what the ladder's step of that name orders, until it is struck off.

The step is the order, the listing what it orders: one thing. A listed hazard counts as put right
when a body that had no part in it has accepted the work; then somebody asks, with what shows it,
and another person strikes it off the list. No row ever leaves it.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from portal.cases.lifecycle import step_commands as s
from portal.cases.lifecycle.changes import Changes, Lack, NewId, Row, TextOf, Words
from portal.cases.lifecycle.facts import Facts
from portal.cases.lifecycle.guards import LONGEST_AHEAD, blank
from portal.discipline.kinds import End, ListingEnd
from portal.discipline.lifecycle import ListingFacts, StepFacts
from portal.history.kinds import TextKind
from portal.inspections.kinds import Level
from portal.taskbooks.kinds import ItemState

# ordering


def can_be_listed(facts: Facts) -> list[UUID]:
    """Return the major hazards that stand and do not stand on the list."""
    listed = {one.hazard_id for one in facts.listings if one.stands}
    standing = [one for one in facts.hazards if not one.is_refuted]
    major = [one.id for one in standing if one.level is Level.MAJOR]
    return [hazard for hazard in major if hazard not in listed]


def needs_listing(facts: Facts, command: s.OrderStep) -> Lack | None:
    """Say what the order of a listing lacks: which hazard, until when, how the public reads it."""
    if facts.case.unit_id is None:
        return Lack("unit_missing", "hazard_id")
    if command.hazard_id not in can_be_listed(facts):
        return Lack("listing_hazard", "hazard_id")
    latest = latest_day(facts)
    if command.until_on is None or not facts.today < command.until_on <= latest:
        return Lack("listing_until", "until_on", {"day": latest})
    return Lack("listing_words", "published") if blank(command.published) else None


def latest_day(facts: Facts) -> date:
    """Return the last day that can be set for a listed hazard."""
    most = facts.windows.listing_days_most
    return facts.today + (timedelta(days=most) if most else LONGEST_AHEAD)


def listed(
    facts: Facts, command: s.OrderStep, step: UUID, new_id: NewId
) -> tuple[Words, Row, dict[str, Any]]:
    """Return the words, the row and the facts of a listing; its `number` is the service's."""
    listing = new_id()
    row = {
        "step_id": step,
        "hazard_id": command.hazard_id,
        "unit_id": facts.case.unit_id,
        "published_text_id": TextOf("published"),
        "listed_at": facts.now,
        "until_on": command.until_on,
        **{name: None for name in ("accepted_at", "asked_at", "asked_by", "asked_text_id")},
        **{name: None for name in ("ended_at", "ended")},
    }
    words = Words("published", TextKind.HAZARD, command.published.strip())
    told = {"listing": listing, "listed_until": command.until_on}
    return words, Row("listings", listing, row), told


def why_not_end(facts: Facts, step: StepFacts, end: str | None) -> Lack | None:
    """Say why a step that lists a hazard can't end this way: only striking off ends it as done."""
    listing = of_step(facts, step.id)
    if listing is None or not listing.stands:
        return None
    return Lack("delist_first", "end") if end != End.WITHDRAWN else None


def of_step(facts: Facts, step_id: UUID) -> ListingFacts | None:
    return next((one for one in facts.listings if one.step_id == step_id), None)


def taken_back(facts: Facts, step: StepFacts) -> tuple[list[Row], dict[str, Any]]:
    """Return what withdrawing a step does to its listing: it was wrong, and says so."""
    listing = of_step(facts, step.id)
    if listing is None or not listing.stands:
        return [], {}
    return [_ended(facts, listing, ListingEnd.WITHDRAWN)], {"listing": listing.id}


def _ended(facts: Facts, listing: ListingFacts, how: ListingEnd) -> Row:
    return Row("listings", listing.id, {"ended_at": facts.now, "ended": how}, is_new=False)


# acceptance by another body


def waiting(facts: Facts) -> list[ListingFacts]:
    """Return the listings whose hazard passed its checks and which nobody has accepted."""
    return [
        one
        for one in facts.listings
        if one.stands and not one.is_accepted and _has_passed(facts, one.hazard_id)
    ]


def unaccepted(facts: Facts) -> Lack | None:
    """Say that a case can't close: a hazard stands on the list and nobody accepted the work."""
    left = [one for one in facts.listings if one.stands and not one.is_accepted]
    return Lack("acceptance_first", values={"count": len(left)}) if left else None


def _has_passed(facts: Facts, hazard_id: UUID) -> bool:
    """Every task of the hazard passed; a major one passes by two signatures alone."""
    own = [
        item
        for item in facts.items
        if item.hazard_id == hazard_id and item.state is not ItemState.WITHDRAWN
    ]
    return bool(own) and all(item.state is ItemState.PASSED for item in own)


def open_accept_work(facts: Facts) -> Lack | None:
    if not waiting(facts):
        return Lack("nothing_to_accept")
    return Lack("accepts_own_work") if facts.actor.person_id in facts.worked_on_it else None


def needs_accept_work(facts: Facts, command: s.AcceptWork) -> Lack | None:
    if command.listing_id not in {one.id for one in waiting(facts)}:
        return Lack("listing_missing", "listing_id")
    if blank(command.body):
        return Lack("body_missing", "body")
    if blank(command.people):
        return Lack("accepter_missing", "people")
    if named := named_in(command.people, facts.worked_on_it.values()):
        return Lack("accepter_worked", "people", {"name": named})
    if command.passed is None:
        return Lack("accepted_missing", "passed")
    if command.accepted_on is None or not _may_be_accepted_on(facts, command):
        return Lack("accepted_on_wrong", "accepted_on")
    return Lack("acceptance_words", "opinion") if blank(command.opinion) else None


def named_in(words: str, names: Collection[str]) -> str:
    """Return the first of the names that somebody wrote; "" for none."""
    return next((name for name in names if name and name in words), "")


def _may_be_accepted_on(facts: Facts, command: s.AcceptWork) -> bool:
    listing = next(one for one in facts.listings if one.id == command.listing_id)
    day = command.accepted_on
    return day is not None and listing.listed_on <= day <= facts.today


def accept_work(facts: Facts, command: s.AcceptWork, new_id: NewId) -> Changes:
    assert command.listing_id is not None  # noqa: S101  the guard has seen to it
    words = [
        Words("body", TextKind.WHO, command.body.strip()),
        Words("people", TextKind.WHO, command.people.strip()),
        Words("opinion", TextKind.OPINION, command.opinion.strip()),
    ]
    row = {
        "listing_id": command.listing_id,
        "passed": command.passed,
        "body_text_id": TextOf("body"),
        "people_text_id": TextOf("people"),
        "opinion_text_id": TextOf("opinion"),
        "accepted_on": command.accepted_on,
        "recorded_at": facts.now,
        "recorded_by": facts.actor.person_id,
    }
    rows = [Row("acceptances", new_id(), row)]
    if command.passed:
        accepted = {"accepted_at": facts.now}
        rows.append(Row("listings", command.listing_id, accepted, is_new=False))
    told: dict[str, Any] = {"listing": command.listing_id, "accepted": command.passed}
    return Changes(words=words, rows=rows, facts=told | with_files(command.files))


def with_files(files: Collection[Any]) -> dict[str, Any]:
    return {"files": list(files)} if files else {}


# striking off


def _askable(facts: Facts) -> list[ListingFacts]:
    return [
        one
        for one in facts.listings
        if one.stands
        and one.is_accepted
        and one.asked_by is None
        and _has_passed(facts, one.hazard_id)
    ]


def open_ask_delisting(facts: Facts) -> Lack | None:
    if _askable(facts):
        return None
    standing = [one for one in facts.listings if one.stands]
    if any(one.asked_by for one in standing):
        return Lack("delisting_asked")
    return Lack("accept_before_delisting" if standing else "not_listed")


def needs_ask_delisting(facts: Facts, command: s.AskDelisting) -> Lack | None:
    if command.listing_id not in {one.id for one in _askable(facts)}:
        return Lack("listing_missing", "listing_id")
    return Lack("evidence_missing", "proof") if blank(command.proof) else None


def ask_delisting(facts: Facts, command: s.AskDelisting, new_id: NewId) -> Changes:
    assert command.listing_id is not None  # noqa: S101
    asked = {
        "asked_at": facts.now,
        "asked_by": facts.actor.person_id,
        "asked_text_id": TextOf("proof"),
    }
    told: dict[str, Any] = {"listing": command.listing_id}
    return Changes(
        words=[Words("proof", TextKind.STATEMENT, command.proof.strip())],
        rows=[Row("listings", command.listing_id, asked, is_new=False)],
        facts=told | with_files(command.files),
    )


def _asked(facts: Facts) -> list[ListingFacts]:
    return [one for one in facts.listings if one.stands and one.asked_by is not None]


def open_decide_delisting(facts: Facts) -> Lack | None:
    asked = _asked(facts)
    if not asked:
        return Lack("no_delisting_asked")
    own = all(one.asked_by == facts.actor.person_id for one in asked)
    return Lack("own_delisting") if own else None


def needs_decide_delisting(facts: Facts, command: s.DecideDelisting) -> Lack | None:
    listing = next((one for one in _asked(facts) if one.id == command.listing_id), None)
    if listing is None:
        return Lack("listing_missing", "listing_id")
    if listing.asked_by == facts.actor.person_id:
        return Lack("own_delisting", "listing_id")
    if command.granted is None:
        return Lack("granted_missing", "granted")
    # Since it was asked for, another task for the hazard may have gone out.
    if command.granted and not (listing.is_accepted and _has_passed(facts, listing.hazard_id)):
        return Lack("accept_before_delisting", "granted")
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def decide_delisting(facts: Facts, command: s.DecideDelisting, new_id: NewId) -> Changes:
    listing = next(one for one in facts.listings if one.id == command.listing_id)
    told = {"listing": listing.id, "delisted": command.granted}
    words = [Words("reason", TextKind.REASON, command.reason.strip())]
    if not command.granted:
        again = dict.fromkeys(("asked_at", "asked_by", "asked_text_id"))
        rows = [Row("listings", listing.id, again, is_new=False)]
        return Changes(words=words, rows=rows, facts=told)
    ended = {
        "ended_at": facts.now,
        "ended": End.DONE,
        "ended_by": facts.actor.person_id,
        "effect_text_id": TextOf("reason"),
    }
    return Changes(
        words=words,
        rows=[
            _ended(facts, listing, ListingEnd.DELISTED),
            Row("disciplinary_steps", listing.step_id, ended, is_new=False),
        ],
        facts=told | {"step": listing.step_id},
    )
