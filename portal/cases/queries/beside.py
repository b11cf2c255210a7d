"""What a row of a list shows of a case besides its columns: one statement for the whole list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, exists, func, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account, Group, Person
from portal.attachments.kinds import State as FileState
from portal.attachments.models import Attachment
from portal.cases.lifecycle.next_step import NOTHING, Counts
from portal.cases.models import Case, Extension, Objection
from portal.cases.queries.titles import FIRST, shortened
from portal.discipline.models import Listing
from portal.history.queries import KeptWords
from portal.inspections.kinds import Level
from portal.inspections.models import Hazard
from portal.presets.kinds import RISK_COLOURS
from portal.taskbooks.kinds import ItemState
from portal.taskbooks.models import TaskBook, TaskItem
from portal.units.models import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What else a row shows; `claimed` is the category that the first report named."""

    title: str = ""
    claimed: str | None = None
    unit: str = ""
    handler: str = ""
    #: The worst of the hazards of the present episode.
    colour: str | None = None
    photos: int = 0
    counts: Counts = field(default=NOTHING)


# Made once: to build it anew for each page takes as long as to ask it.
_book, _item = aliased(TaskBook), aliased(TaskItem)
_treated = exists().where(_item.hazard_id == Hazard.id, _item.state != ItemState.WITHDRAWN)
_of_episode = (
    Hazard.case_id == Case.id,
    Hazard.episode == Case.reopen_count,
    Hazard.refuted_at.is_(None),
)
#: Beside its book: a task with the unit that went out before its hazard was decided to be major.
LACKING = (
    Hazard.id == TaskItem.hazard_id,
    Hazard.level == Level.MAJOR,
    TaskItem.state == ItemState.WITH_UNIT,
    or_(
        TaskItem.evidence_text_id.is_(None),
        TaskItem.funds_text_id.is_(None),
        TaskItem.contingency_text_id.is_(None),
        TaskItem.interim_text_id.is_(None),
    ),
)
_standing = (Listing.case_id == Case.id, Listing.ended_at.is_(None))
_count = select(func.count()).correlate(Case)
_BESIDE = (
    select(
        Case.id,
        FIRST.c.id.label("report_id"),
        FIRST.c.body,
        FIRST.c.claimed_category,
        KeptWords.body.label("summary"),
        Unit.name.label("unit"),
        Person.name.label("handler"),
        Group.kind.label("group_kind"),
        select(func.array_agg(Hazard.colour))
        .where(*_of_episode, Hazard.colour.is_not(None))
        .correlate(Case)
        .scalar_subquery()
        .label("colours"),
        _count.where(Attachment.case_id == Case.id, Attachment.state == FileState.SHOWN)
        .scalar_subquery()
        .label("photos"),
        _count.select_from(TaskItem)
        .join(_book, _book.id == TaskItem.task_book_id)
        .where(
            TaskItem.case_id == Case.id,
            TaskItem.state == ItemState.REPORTED,
            _book.episode == Case.reopen_count,
        )
        .scalar_subquery()
        .label("reported"),
        _count.select_from(TaskItem)
        .join(_book, _book.id == TaskItem.task_book_id)
        .join(Hazard, Hazard.id == TaskItem.hazard_id)
        .where(TaskItem.case_id == Case.id, _book.episode == Case.reopen_count, *LACKING)
        .scalar_subquery()
        .label("lacking"),
        _count.where(*_of_episode, ~_treated).scalar_subquery().label("bare"),
        _count.where(Objection.case_id == Case.id, Objection.decided_at.is_(None))
        .scalar_subquery()
        .label("objections"),
        _count.where(Extension.case_id == Case.id, Extension.decided_at.is_(None))
        .scalar_subquery()
        .label("extensions"),
        _count.where(*_standing, Listing.accepted_at.is_(None))
        .scalar_subquery()
        .label("unaccepted"),
        _count.where(*_standing, Listing.asked_by.is_not(None))
        .scalar_subquery()
        .label("delistings"),
    )
    .select_from(Case)
    .outerjoin(FIRST, true())
    .outerjoin(KeptWords, KeptWords.id == Case.summary_text_id)
    .outerjoin(Unit, Unit.id == Case.unit_id)
    .outerjoin(Account, Account.id == Case.handler_id)
    .outerjoin(Person, Person.id == Account.person_id)
    .outerjoin(Group, Group.id == Case.group_id)
    .where(Case.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
)


def beside(session: Session, cases: Sequence[Case]) -> Mapping[UUID, Beside]:
    """Return what rows show of cases that the caller has loaded for an actor who can see them."""
    if not cases:
        return {}
    rows = session.execute(_BESIDE, {"ids": [case.id for case in cases]})
    return {
        row.id: Beside(
            title=shortened(row.summary if row.report_id is None else row.body),
            claimed=row.claimed_category,
            unit=row.unit or "",
            handler=row.handler or "",
            colour=min(row.colours, key=RISK_COLOURS.index) if row.colours else None,
            photos=row.photos,
            counts=Counts(
                reported=row.reported,
                bare_hazards=row.bare,
                lacking=row.lacking,
                open_objections=row.objections,
                open_extensions=row.extensions,
                unaccepted=row.unaccepted,
                open_delistings=row.delistings,
                group_kind=row.group_kind,
            ),
        )
        for row in rows
    }
