"""An inspection under way: begun, answered item by item by several people, dropped, recorded."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from portal.foundation.errors import NotFound, OutOfTurn, Stale
from portal.foundation.transaction import part_of
from portal.inspections.kinds import Result
from portal.inspections.lifecycle import Answered, Checked
from portal.inspections.models import DraftAnswer, InspectionDraft, SyncedEntry
from portal.inspections.queries import answers_of
from portal.presets.checklist_kinds import Checklist
from portal.presets.contents import copy_of

#: Whoever comes too late with an answer, or with the record itself.
OVER = "inspection_over"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What somebody enters for an item."""

    result: Result | None
    note: str = ""
    place: str = ""
    major: bool = False
    on_spot: bool = False


def begin(
    session: Session, case_id: UUID, checklist: Checklist, *, by: UUID, now: datetime
) -> None:
    """Begin an inspection with a copy of the checklist; one that is under way goes on."""
    session.execute(
        upsert(InspectionDraft)
        .values(
            id=uuid4(),
            case_id=case_id,
            checklist=copy_of(checklist),
            started_at=now,
            started_by=by,
        )
        .on_conflict_do_nothing(index_elements=["case_id"])
    )


def row_of(session: Session, draft: UUID, item: str, *, by: UUID, now: datetime) -> DraftAnswer:
    """Return the row of an item, made empty if there is none: photos need something to hang on.

    Raises OutOfTurn if the inspection is over.
    """
    _lock(session, draft)
    empty = Entry(result=None)
    session.execute(
        upsert(DraftAnswer)
        .values(
            id=uuid4(),
            draft_id=draft,
            item=item,
            **vars(empty),
            edits=0,
            changed_at=now,
            changed_by=by,
        )
        .on_conflict_do_nothing(index_elements=["draft_id", "item"])
    )
    found = select(DraftAnswer).where(DraftAnswer.draft_id == draft, DraftAnswer.item == item)
    return session.scalars(found.execution_options(populate_existing=True)).one()


def enter(
    session: Session,
    draft: UUID,
    item: str,
    entry: Entry,
    *,
    seen: int,
    by: UUID,
    now: datetime,
) -> int:
    """Keep what was entered for an item and return how often it was changed with that.

    The same thing twice is no clash: a press that is repeated changes nothing. Raises Stale if
    somebody else entered another thing since.
    """
    row = row_of(session, draft, item, by=by, now=now)
    if {name: getattr(row, name) for name in vars(entry)} == vars(entry):
        return row.edits
    if row.edits != seen:
        raise Stale(seen, row.edits)
    for name, value in vars(entry).items():
        setattr(row, name, value)
    row.edits, row.changed_at, row.changed_by = row.edits + 1, now, by
    session.flush()
    return row.edits


@dataclass(frozen=True, kw_only=True)
class Sent:
    """How an entry came that a phone had kept until there was a network."""

    id: UUID
    inspection: UUID
    item: str
    by: UUID
    #: Of which case it is, or of which unit's own checks.
    case_id: UUID | None = None
    unit_id: UUID | None = None


def take(
    session: Session,
    sent: Sent,
    enter: Callable[[int], int],
    *,
    seen: int,
    after: Collection[UUID],
    now: datetime,
) -> int:
    """Keep an entry of a phone like any other, once; return how often its item was changed.

    `enter` keeps it as its page would, given how many changes its writer saw. `after` names
    entries of the same phone which this one replaces: whoever wrote them has seen them. Raises
    what `enter` does, Stale and OutOfTurn; nothing of the entry is kept then.
    """
    with part_of(session):
        claimed = claim(session, sent, now=now)
        if claimed is None:
            return taken(session, sent.inspection, sent.id).edits  # by a twin, this moment
        own = select(SyncedEntry.edits).where(
            SyncedEntry.inspection_id == sent.inspection,
            SyncedEntry.id.in_(after),
            SyncedEntry.item == sent.item,
            SyncedEntry.taken_by == sent.by,
        )
        claimed.edits = enter(max([seen, *session.scalars(own)]))
        session.flush()
        return claimed.edits


def claim(session: Session, sent: Sent, *, now: datetime) -> SyncedEntry | None:
    """Note that an entry of a phone is taken; None: it was before. A twin waits for this one."""
    row = upsert(SyncedEntry).values(
        inspection_id=sent.inspection,
        id=sent.id,
        case_id=sent.case_id,
        unit_id=sent.unit_id,
        item=sent.item,
        edits=0,
        taken_by=sent.by,
        taken_at=now,
    )
    made = session.execute(row.on_conflict_do_nothing().returning(SyncedEntry.id)).first()
    return session.get(SyncedEntry, (sent.inspection, sent.id)) if made else None


def taken(session: Session, inspection: UUID, entry: UUID) -> SyncedEntry:
    """Return what is noted of an entry that was taken. Raises NotFound."""
    found = session.get(SyncedEntry, (inspection, entry), populate_existing=True)
    if found is None:
        raise NotFound(entry)
    return found


def finish_with(
    session: Session, draft: UUID, *, seen: int, photos: Mapping[UUID, Sequence[object]]
) -> Checked:
    """Return what is recorded and let the draft go; the record is made in the same transaction.

    `seen` counts the changes that whoever records it has looked at. Raises OutOfTurn if the
    inspection is over, Stale if somebody has entered something since.
    """
    held = _lock(session, draft)
    rows = answers_of(session, draft)
    edits = edits_of(rows)
    if edits != seen:
        raise Stale(seen, edits)
    checked = Checked(copy=held.checklist, answers=tuple(answered(rows, photos)))
    session.delete(held)
    session.flush()
    return checked


def drop(session: Session, draft: UUID) -> None:
    """Throw away what was entered; photos stay with the case. Raises OutOfTurn if it is over."""
    session.delete(_lock(session, draft))
    session.flush()


def edits_of(rows: Iterable[DraftAnswer]) -> int:
    """Return how often anything was entered."""
    return sum(row.edits for row in rows)


def answered(
    rows: Iterable[DraftAnswer], photos: Mapping[UUID, Sequence[object]]
) -> list[Answered]:
    """Return the answers among the rows of a draft."""
    return [
        Answered(
            id=row.id,
            item=row.item,
            result=row.result,
            note=row.note,
            place=row.place,
            major=row.major,
            on_spot=row.on_spot,
            photos=len(photos.get(row.id, ())),
        )
        for row in rows
        if row.result is not None
    ]


def _lock(session: Session, draft: UUID) -> InspectionDraft:
    """Lock a draft: who enters waits for who records, and the other way round."""
    held = session.get(InspectionDraft, draft, with_for_update=True, populate_existing=True)
    if held is None:
        raise OutOfTurn(OVER)
    return held
