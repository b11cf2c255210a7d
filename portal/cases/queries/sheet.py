"""Everything that the staff of a case read on its page, words included."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.queries import names_of_accounts, names_of_people
from portal.cases.models import Case, Extension, Objection
from portal.cases.queries.facts import has_talk
from portal.cases.queries.ladder import post_of
from portal.cases.queries.rewards import rewards_of
from portal.discipline.models import (
    Acceptance,
    DisciplinaryStep,
    Interview,
    InterviewCommitment,
    Listing,
)
from portal.discipline.queries import (
    acceptances_of,
    commitments_of,
    interviews_of,
    listings_of,
    people_of,
    steps_of,
)
from portal.history.kinds import EventKind
from portal.history.queries import Recorded, events_of, words
from portal.inspections.models import (
    Hazard,
    Inspection,
    InspectionAnswer,
    InspectionSignature,
    LevelDecision,
    RiskAssessment,
)
from portal.presets.kinds import Words
from portal.reports.models import Message, Report
from portal.rewards.lifecycle import Reckoned
from portal.rewards.models.reward import Reward
from portal.rewards.queries.rewards import people_of as people_of_rewards
from portal.rewards.queries.rewards import reckoned_of
from portal.selfinspections.queries import InsideFirst, inside_first
from portal.taskbooks.models import Review, TaskBook, TaskItem
from portal.units.models import Unit
from portal.units.queries import unit as unit_of


@dataclass(frozen=True, kw_only=True)
class Named:
    """What events refer to, by id."""

    accounts: Mapping[UUID, str]
    #: Number and state of cases that it came from or went into.
    linked: Mapping[UUID, Case]


@dataclass(frozen=True, kw_only=True)
class Sheet(Named):
    """Rows as they stand, and by id the words and names that they refer to."""

    case: Case
    reports: Sequence[Report]
    messages: Sequence[Message]
    inspections: Sequence[Inspection]
    hazards: Sequence[Hazard]
    #: The item of each answer of an inspection by a checklist, by the answer's id.
    items_checked: Mapping[UUID, str]
    #: Under the records of inspections.
    signatures: Sequence[InspectionSignature]
    #: The newest of each hazard, by hazard.
    levels: Mapping[UUID, LevelDecision]
    risks: Mapping[UUID, RiskAssessment]
    books: Sequence[TaskBook]
    items: Mapping[UUID, Sequence[TaskItem]]
    #: Of each item, oldest first.
    reviews: Mapping[UUID, Sequence[Review]]
    objections: Sequence[Objection]
    #: The ladder: steps in their order, the interviews by step, what was promised there.
    steps: Sequence[DisciplinaryStep]
    #: The post of each, called what it was called then, by step.
    posts: Mapping[UUID, Words]
    interviews: Mapping[UUID, Interview]
    commitments: Sequence[InterviewCommitment]
    #: Hazards that a step listed, and what other bodies found there.
    listings: Sequence[Listing]
    acceptances: Sequence[Acceptance]
    #: Proposed, offered, or decided against; of reports that were merged in, too.
    rewards: Sequence[Reward]
    #: The arithmetic of each, by reward.
    reckoned: Mapping[UUID, Reckoned]
    extensions: Sequence[Extension]
    events: Sequence[Recorded]
    #: None stands for words that were lawfully erased.
    words: Mapping[UUID, str | None]
    people: Mapping[UUID, str]
    #: The case's own, those of its task books, those by whose code reports came.
    units: Mapping[UUID, Unit]
    #: Cases of which reporters say that it is one.
    said_same: Mapping[UUID, Case]
    #: Reports that had been made inside their unit first, which has read their words.
    inside: Mapping[UUID, InsideFirst]

    def text(self, text_id: UUID | None) -> str:
        """Return words, "" for what was erased or never given."""
        return (self.words.get(text_id) or "") if text_id else ""

    def said(self, event: Recorded, key: str) -> str:
        """Return the words that an event brought under `key`."""
        given = event.payload.get("texts", {}).get(key)
        return self.text(UUID(given["id"])) if given else ""


def sheet_of(session: Session, case: Case) -> Sheet:
    """Return the sheet of a case that the caller has loaded for an actor who can see it."""
    reports = list(case.reports)
    ids = [report.id for report in reports]
    events = events_of(session, case.id)
    messages: Sequence[Message] = ()
    if has_talk(case, events):
        wanted = select(Message).where(Message.report_id.in_(ids)).order_by(Message.seq)
        messages = session.scalars(wanted).all()
    visited = case.inspected_at is not None
    inspections = _of_case(session, Inspection, case, Inspection.recorded_at) if visited else []
    hazards = _of_case(session, Hazard, case, Hazard.number) if visited else []
    risks = _of_case(session, RiskAssessment, case, RiskAssessment.assessed_at) if visited else []
    levelled = any(event.kind is EventKind.LEVEL_DECIDED for event in events)
    levels = _of_case(session, LevelDecision, case, LevelDecision.decided_at) if levelled else []
    books = list(case.task_books) if visited else []
    items = _of_case(session, TaskItem, case, TaskItem.number) if books else []
    reviews = _of_case(session, Review, case, Review.reviewed_at) if books else []
    objected = any(event.kind is EventKind.OBJECTED for event in events)
    objections = _of_case(session, Objection, case, Objection.objected_at) if objected else []
    by_list = any(visit.checklist for visit in inspections)
    signatures: list[InspectionSignature] = []
    if by_list:
        signatures = _of_case(session, InspectionSignature, case, InspectionSignature.side)
    answers = _of_case(session, InspectionAnswer, case, InspectionAnswer.item) if by_list else []
    laddered = any("disciplinary_steps" in one.payload.get("rows", ()) for one in events)
    steps = steps_of(session, case.id) if laddered else ()
    interviews = interviews_of(session, case.id) if laddered else {}
    promised = commitments_of(session, case.id) if laddered else ()
    has_listings = any("listings" in one.payload.get("rows", ()) for one in events)
    listings = listings_of(session, case.id) if has_listings else ()
    acceptances = acceptances_of(session, case.id) if has_listings else ()
    ladder = [*steps, *interviews.values(), *promised, *listings, *acceptances]
    rewards = rewards_of(session, case, events)
    asked = any(event.kind is EventKind.EXTENSION_ASKED for event in events)
    extensions = _of_case(session, Extension, case, Extension.asked_at) if asked else []
    rows = [
        *reports,
        *messages,
        *inspections,
        *answers,
        *signatures,
        *hazards,
        *risks,
        *levels,
        *books,
        *items,
        *reviews,
    ]
    beside = [*objections, *extensions, *ladder, *rewards, case]
    kept = words(session, _text_ids([*rows, *beside], events))
    return Sheet(
        case=case,
        reports=reports,
        messages=messages,
        inspections=inspections,
        hazards=hazards,
        signatures=signatures,
        items_checked={answer.id: answer.item for answer in answers},
        levels={one.hazard_id: one for one in levels},
        risks={risk.hazard_id: risk for risk in risks},
        books=books,
        items=_by(items, "task_book_id"),
        reviews=_by(reviews, "item_id"),
        objections=objections,
        steps=steps,
        posts={one.id: post_of(session, one, kept.get(one.post_text_id) or "") for one in steps},
        interviews=interviews,
        commitments=promised,
        listings=listings,
        acceptances=acceptances,
        rewards=rewards,
        reckoned={
            one.id: found for one in rewards if (found := reckoned_of(session, one)) is not None
        },
        extensions=extensions,
        events=events,
        words=kept,
        people=names_of_people(
            session,
            _people(inspections, risks, levels, items, reviews, books, extensions, case)
            | people_of(steps)
            | people_of_rewards(rewards)
            | {one.recorded_by for one in acceptances}
            | {one.asked_by for one in listings if one.asked_by},
        ),
        accounts=names_of_accounts(session, _accounts(case, events)),
        units={
            unit_id: unit_of(session, unit_id)
            for unit_id in {
                case.unit_id,
                *(book.unit_id for book in books),
                *(report.claimed_unit_id for report in reports),
            }
            if unit_id
        },
        linked=_linked(session, events, case.merged_into, case.split_from),
        said_same=_by_id(session, {one for report in reports for one in report.said_same_as}),
        inside=inside_first(session, [report.id for report in reports]),
    )


def named_by(session: Session, events: Sequence[Recorded]) -> Named:
    """Return what sentences about events of a case need to name, nothing else of the case."""
    return Named(
        accounts=names_of_accounts(session, _handlers(events)), linked=_linked(session, events)
    )


def _of_case(session: Session, model: Any, case: Case, order: Any) -> list[Any]:
    wanted = select(model).where(model.case_id == case.id).order_by(order, model.id)
    return list(session.scalars(wanted))


def _by(rows: Iterable[Any], column: str) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found


def _text_ids(rows: Iterable[Any], events: Iterable[Recorded]) -> set[UUID]:
    found = {
        value
        for row in rows
        for name in row.__table__.columns.keys()  # noqa: SIM118 - a collection, no mapping
        if name.endswith("text_id") and (value := getattr(row, name)) is not None
    }
    for event in events:
        found.update(UUID(text["id"]) for text in event.payload.get("texts", {}).values())
    return found


def _people(
    inspections: Iterable[Inspection],
    risks: Iterable[RiskAssessment],
    levels: Iterable[LevelDecision],
    items: Iterable[TaskItem],
    reviews: Iterable[Review],
    books: Iterable[TaskBook],
    extensions: Iterable[Extension],
    case: Case,
) -> set[UUID]:
    return {
        *(person for visit in inspections for person in visit.inspectors),
        *(risk.assessed_by for risk in risks),
        *(person for one in levels for person in one.panel),
        *(item.signed_by for item in items if item.signed_by),
        *(review.reviewer for review in reviews),
        *(book.issued_by for book in books),
        *(one.asked_by for one in extensions if one.asked_by),
        *case.recused,
    }


def _accounts(case: Case, events: Iterable[Recorded]) -> set[UUID]:
    found = {event.account_id for event in events} | {case.handler_id, case.dispatched_by}
    return {account for account in found if account is not None} | _handlers(events)


def _handlers(events: Iterable[Recorded]) -> set[UUID]:
    return {UUID(one.payload["handler"]) for one in events if one.payload.get("handler")}


def _linked(session: Session, events: Iterable[Recorded], *others: UUID | None) -> dict[UUID, Case]:
    named = set(others)
    for event in events:
        for key in ("into", "from", "new_case", "back_to", "about"):
            if value := event.payload.get(key):
                named.add(UUID(value))
    return _by_id(session, {case_id for case_id in named if case_id is not None})


def _by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Case]:
    if not ids:
        return {}
    return {other.id: other for other in session.scalars(select(Case).where(Case.id.in_(ids)))}
