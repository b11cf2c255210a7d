"""What an addressee reads through the link of a step: the step, and nothing from any report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.kinds import Actor, Role
from portal.attachments.kinds import Purpose
from portal.attachments.models import Attachment
from portal.attachments.queries import attachment, of_things
from portal.cases.queries.facts import case_of
from portal.cases.queries.ladder import post_of
from portal.discipline.kinds import Commitment, End, Ground
from portal.discipline.lifecycle import last_day
from portal.discipline.queries import commitments_of, step_behind, step_of
from portal.discipline.services import token_digest
from portal.foundation.errors import NotFound
from portal.history.queries import words
from portal.presets.kinds import Words
from portal.presets.queries import in_force
from portal.units.queries import unit


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFile:
    id: UUID
    position: int
    is_shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedItem:
    number: int
    words: str
    due_on: date
    state: Commitment


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPage:
    """Each value is named here, one by one: a new column never reaches the page by itself."""

    id: UUID
    case_id: UUID
    #: For the command that the addressee gives next; never shown.
    case_version: int
    name: Words
    post: Words
    unit: str
    office: Words
    ordered_at: datetime
    grounds: Sequence[tuple[Ground, int]]
    reason: str
    meeting_on: date | None
    #: The last day for answering.
    answer_until: date | None
    can_answer: bool
    answered_at: datetime | None
    arrived_on: date | None
    in_time: bool
    answered_by: str
    answer: str
    files: Sequence[StepFile]
    commitments: Sequence[PromisedItem]
    ended_at: datetime | None
    ended: End | None
    effect: str
    has_link: bool


def addressee_behind(session: Session, token: str, *, now: datetime) -> Actor:
    """Return whoever a link's token stands for.

    Raises NotFound alike for one that never was, was revoked, is of a step that was not ordered,
    or died so many days after the end.
    """
    step = step_behind(session, token_digest(token))
    days = timedelta(days=in_force(session, now).ladder.link_days)
    if step is None or step.ordered_at is None or (step.ended_at and step.ended_at + days <= now):
        raise NotFound("link")
    return Actor(role=Role.UNIT, step_id=step.id)


def step_page(session: Session, actor: Actor, step_id: UUID, *, now: datetime) -> StepPage:
    """Return the page of a step for anybody who can see its case. Raises NotFound."""
    step = step_of(session, step_id)
    if actor.role is Role.UNIT and actor.step_id != step_id:
        raise NotFound(step_id)
    case = case_of(session, actor, step.case_id)
    if step.ordered_at is None:
        raise NotFound(step_id)
    preset = in_force(session, now)
    rung = preset.ladder.rung(step.rung)
    promised = [one for one in commitments_of(session, case.id) if one.step_id == step.id]
    named = [step.post_text_id, step.reason_text_id, step.answered_by_text_id, step.answer_text_id]
    texts = [*named, step.effect_text_id, *(one.text_id for one in promised)]
    said = words(session, [text_id for text_id in texts if text_id is not None])

    def text(text_id: UUID | None) -> str:
        return (said.get(text_id) or "") if text_id else ""

    due = step.answer_due_at
    is_open = step.answered_at is None and step.ended_at is None and step.token_hash is not None
    return StepPage(
        id=step.id,
        case_id=case.id,
        case_version=case.version,
        name=rung.name if rung else Words(step.rung, step.rung),
        post=post_of(session, step, text(step.post_text_id)),
        unit=unit(session, step.unit_id).name if step.unit_id else "",
        office=preset.city.operator,
        ordered_at=step.ordered_at,
        grounds=[as_ground(one) for one in step.grounds],
        reason=text(step.reason_text_id),
        meeting_on=step.meeting_on,
        answer_until=last_day(due, preset.limits.zone) if due else None,
        can_answer=is_open and due is not None and now <= due,
        answered_at=step.answered_at,
        arrived_on=step.arrived_on,
        in_time=bool(step.in_time),
        answered_by=" · ".join(text(step.answered_by_text_id).split("\n")),
        answer=text(step.answer_text_id),
        files=[
            StepFile(id=row.id, position=row.position, is_shown=row.copy_name is not None)
            for row in of_things(session, [step.id])[step.id]
        ],
        commitments=[
            PromisedItem(
                number=one.number, words=text(one.text_id), due_on=one.due_on, state=one.state
            )
            for one in promised
        ],
        ended_at=step.ended_at,
        ended=step.ended,
        effect=text(step.effect_text_id),
        has_link=step.token_hash is not None,
    )


def as_ground(kept: str) -> tuple[Ground, int]:
    """Return a ground and what was measured from the form in which a step keeps it."""
    code, _colon, count = kept.partition(":")
    return Ground(code), int(count)


def file_of_step(session: Session, actor: Actor, file_id: UUID) -> Attachment:
    """Return a file that the addressee gave with their own answer. Raises NotFound."""
    step = step_of(session, actor.step_id) if actor.step_id else None
    if step is None:
        raise NotFound(file_id)
    row = attachment(session, file_id, case_id=step.case_id)
    if row.purpose is not Purpose.STEP or row.thing_id != step.id:
        raise NotFound(file_id)
    return row
