"""Reading steps, and measuring the facts that can ground one; the caller sees to who may see."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Uuid, bindparam, exists, func, not_, or_, select
from sqlalchemy.orm import Session

from portal.clocks.days import days_of
from portal.discipline.kinds import Commitment, Ground
from portal.discipline.lifecycle import Addressee, CommitmentFacts, ListingFacts, StepFacts
from portal.discipline.models import (
    Acceptance,
    DisciplinaryStep,
    Interview,
    InterviewCommitment,
    Listing,
)
from portal.foundation.errors import NotFound
from portal.inspections.kinds import Level
from portal.inspections.models import Hazard
from portal.presets.kinds import Preset, Words
from portal.taskbooks.kinds import ItemState
from portal.taskbooks.models import TaskBook, TaskItem
from portal.units.kinds import Link
from portal.units.lifecycle.chain import Standing
from portal.units.queries import unit as unit_of

#: Links within the unit itself: its own mail address reaches them where they have none.
OF_UNIT = frozenset({Link.MAIN_RESPONSIBLE_PERSON, Link.SAFETY_OFFICER})
UNSETTLED = (ItemState.WITH_UNIT, ItemState.REPORTED)


def step_of(session: Session, step_id: UUID) -> DisciplinaryStep:
    """Return a step. Raises NotFound."""
    found = session.get(DisciplinaryStep, step_id)
    if found is None:
        raise NotFound(step_id)
    return found


def steps_of(session: Session, case_id: UUID) -> Sequence[DisciplinaryStep]:
    """Return the steps of a case in their order."""
    wanted = select(DisciplinaryStep).where(DisciplinaryStep.case_id == case_id)
    return session.scalars(wanted.order_by(DisciplinaryStep.number)).all()


def step_behind(session: Session, digest: bytes) -> DisciplinaryStep | None:
    """Return the step whose link has a token with this digest."""
    return session.scalar(select(DisciplinaryStep).where(DisciplinaryStep.token_hash == digest))


def interviews_of(session: Session, case_id: UUID) -> Mapping[UUID, Interview]:
    """Return the interviews held in a case, by step."""
    rows = session.scalars(select(Interview).where(Interview.case_id == case_id))
    return {row.step_id: row for row in rows}


def commitments_of(session: Session, case_id: UUID) -> Sequence[InterviewCommitment]:
    """Return what was promised in the interviews of a case, by date."""
    wanted = select(InterviewCommitment).where(InterviewCommitment.case_id == case_id)
    order = (InterviewCommitment.due_on, InterviewCommitment.number, InterviewCommitment.id)
    return session.scalars(wanted.order_by(*order)).all()


def listings_of(session: Session, case_id: UUID) -> Sequence[Listing]:
    """Return the listed hazards of a case in their order."""
    wanted = select(Listing).where(Listing.case_id == case_id)
    return session.scalars(wanted.order_by(Listing.listed_at, Listing.id)).all()


def acceptances_of(session: Session, case_id: UUID) -> Sequence[Acceptance]:
    """Return what other bodies found on the listed hazards of a case, oldest first."""
    wanted = select(Acceptance).where(Acceptance.case_id == case_id)
    return session.scalars(wanted.order_by(Acceptance.recorded_at, Acceptance.id)).all()


def listing_facts(rows: Iterable[Listing], zone: ZoneInfo) -> tuple[ListingFacts, ...]:
    """Return listed hazards as guards look at them."""
    return tuple(
        ListingFacts(
            id=row.id,
            step_id=row.step_id,
            hazard_id=row.hazard_id,
            listed_on=row.listed_at.astimezone(zone).date(),
            until_on=row.until_on,
            is_accepted=row.accepted_at is not None,
            asked_by=row.asked_by,
            stands=row.ended_at is None,
        )
        for row in rows
    )


def people_of(steps: Iterable[DisciplinaryStep]) -> set[UUID]:
    """Return who proposed, ordered and ended steps."""
    named = {one for row in steps for one in (row.proposed_by, row.ordered_by, row.ended_by)}
    return {person for person in named if person is not None}


def step_facts(rows: Collection[DisciplinaryStep], held: Collection[UUID]) -> tuple[StepFacts, ...]:
    """Return steps as guards look at them; `held`: those whose interview was held."""
    return tuple(
        StepFacts(
            id=row.id,
            rung=row.rung,
            link=row.link,
            proposed_by=row.proposed_by,
            ordered_at=row.ordered_at,
            answer_due_at=row.answer_due_at,
            answered_at=row.answered_at,
            ended=row.ended,
            has_link=row.token_hash is not None,
            is_held=row.id in held,
        )
        for row in rows
    )


def commitment_facts(rows: Collection[InterviewCommitment]) -> tuple[CommitmentFacts, ...]:
    """Return commitments as guards look at them."""
    return tuple(
        CommitmentFacts(
            id=row.id,
            step_id=row.step_id,
            number=row.number,
            due_on=row.due_on,
            state=row.state,
        )
        for row in rows
    )


def addressees(chain: Collection[Standing], unit_id: UUID | None) -> Mapping[Link, Addressee]:
    """Return the posts of a chain that can be addressed: named, and not ended."""
    return {
        one.link: Addressee(one.post, addressee_key(one, unit_id))
        for one in chain
        if one.gap is None and one.post is not None
    }


def addressee_key(one: Standing, unit_id: UUID | None) -> str:
    """Return what a post is in all its cases."""
    return f"post/{one.code}" if one.code else f"unit/{unit_id}/{one.link}"


def post_name(step: DisciplinaryStep, kept: str, preset: Preset) -> Words:
    """Return what the post was called then, in both languages where the city's list names it.

    `preset` is that of the day on which the step was proposed. What the step keeps is in the
    city's own language; it stands wherever the list says something else.
    """
    kind, _slash, code = step.addressee.partition("/")
    post = preset.taxonomy.posts.get(code) if kind == "post" else None
    if post is None or post.name.in_language(preset.city.default_language) != kept:
        return Words(kept, kept)
    return post.name


def mail_address(session: Session, step: DisciplinaryStep, chain: Collection[Standing]) -> str:
    """Return where mail reaches the post that answers now; "" where none does."""
    own = next((one for one in chain if one.link is step.link and one.gap is None), None)
    if own is None:
        return ""
    if own.email or step.link not in OF_UNIT or step.unit_id is None:
        return own.email
    return unit_of(session, step.unit_id).contact_email or ""


def measured(
    session: Session, case_ids: Collection[UUID], preset: Preset, now: datetime
) -> dict[UUID, dict[Ground, int]]:
    """Return by case what was measured of each ground but `REPEATED`, which asks other cases."""
    zone, days = preset.limits.zone, days_of(preset.calendar)
    today = now.astimezone(zone).date()
    found: dict[UUID, dict[Ground, int]] = {case_id: {} for case_id in case_ids}
    wanted = {"cases": list(found)}
    for case_id, state, due_on, failed in session.execute(_UNSETTLED, wanted):
        late = days.between(due_on, today) if state is ItemState.WITH_UNIT else 0
        _at_least(found[case_id], Ground.OVERDUE, late)
        _at_least(found[case_id], Ground.FAILED, failed)
    for case_id, issued_at in session.execute(_UNSIGNED, wanted):
        since = days.between(issued_at.astimezone(zone).date(), today)
        _at_least(found[case_id], Ground.REFUSED, since)
    for case_id, count in session.execute(_MAJOR, wanted):
        found[case_id][Ground.MAJOR] = count
    for case_id, count in session.execute(_BROKEN, wanted):
        found[case_id][Ground.BROKEN] = count
    return found


def _at_least(grounds: dict[Ground, int], ground: Ground, count: int) -> None:
    if count > grounds.get(ground, 0):
        grounds[ground] = count


# Made once: each page of a case and each step asks them.
_CASES = bindparam("cases", expanding=True, type_=Uuid)
_OWN = (TaskItem.hazard_id == Hazard.id, TaskItem.state != ItemState.WITHDRAWN)
_UNSETTLED = select(TaskItem.case_id, TaskItem.state, TaskItem.due_on, TaskItem.failed_count).where(
    TaskItem.case_id.in_(_CASES), TaskItem.state.in_(UNSETTLED)
)
#: Books that nobody signed for and of which a task is still with the unit.
_UNSIGNED = select(TaskBook.case_id, TaskBook.issued_at).where(
    TaskBook.case_id.in_(_CASES),
    TaskBook.signed_at.is_(None),
    exists().where(TaskItem.task_book_id == TaskBook.id, TaskItem.state == ItemState.WITH_UNIT),
)
#: Major hazards, but for those that passed every review of theirs or that a ruling refuted.
_MAJOR = (
    select(Hazard.case_id, func.count())
    .where(
        Hazard.case_id.in_(_CASES),
        Hazard.level == Level.MAJOR,
        Hazard.refuted_at.is_(None),
        or_(exists().where(*_OWN, TaskItem.state != ItemState.PASSED), not_(exists().where(*_OWN))),
    )
    .group_by(Hazard.case_id)
)
_BROKEN = (
    select(InterviewCommitment.case_id, func.count())
    .where(InterviewCommitment.case_id.in_(_CASES), InterviewCommitment.state == Commitment.BROKEN)
    .group_by(InterviewCommitment.case_id)
)
