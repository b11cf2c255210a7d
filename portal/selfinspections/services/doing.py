"""A self-inspection: begun, answered item by item, thrown away, finished."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn, Stale
from portal.history.kinds import TextKind
from portal.inspections.lifecycle import Checked, failed, lacking
from portal.inspections.services import Entry
from portal.presets.checklists import in_force_checklists
from portal.presets.contents import copy_of
from portal.presets.kinds import Preset
from portal.selfinspections import queries
from portal.selfinspections.kinds import Act
from portal.selfinspections.lifecycle import period_of
from portal.selfinspections.models import SelfAnswer, SelfInspection
from portal.selfinspections.services.hazards import Found, enter_hazard
from portal.selfinspections.services.writing import keep_words, own_person, own_unit, tell

OVER = "self_over"


def begin(
    session: Session, actor: Actor, duty: str, checklist: str, preset: Preset, *, now: datetime
) -> SelfInspection:
    """Begin a duty by a frozen copy of a checklist; one that is under way goes on.

    Raises NotAllowed, NotFound for a duty that the unit does not have, Incomplete without one of
    the checklists that hold.
    """
    require(actor, Action.SELF_INSPECT)
    unit_id = own_unit(actor)
    rule = preset.self_inspection.duties.get(duty)
    if rule is None or not queries.has_duty(session, unit_id, rule):
        raise NotFound(duty)
    copy: dict[str, Any] | None = None
    if rule.by_checklist:
        chosen = in_force_checklists(session, now).get(checklist)
        if chosen is None:
            raise Incomplete("checklist", "self_checklist_missing")
        copy = copy_of(chosen)
    today = now.astimezone(preset.limits.zone).date()
    made = session.scalar(
        upsert(SelfInspection)
        .values(
            id=uuid4(),
            unit_id=unit_id,
            duty=duty,
            period=period_of(today, rule.every).code,
            checklist=copy,
            begun_at=now,
            begun_by=own_person(actor),
        )
        .on_conflict_do_nothing(
            index_elements=["unit_id", "duty"], index_where=SelfInspection.finished_at.is_(None)
        )
        .returning(SelfInspection.id)
    )
    found = session.scalars(
        select(SelfInspection).where(
            SelfInspection.unit_id == unit_id,
            SelfInspection.duty == duty,
            SelfInspection.finished_at.is_(None),
        )
    ).one()
    if made is not None:
        about = {"inspection": found.id, "duty": duty, "period": found.period}
        tell(session, actor, unit_id, Act.BEGUN, now=now, **about)
    return found


def row_of(
    session: Session, actor: Actor, inspection_id: UUID, item: str, *, now: datetime
) -> SelfAnswer:
    """Return the row of an item, made empty if there is none: photos need something to hang on.

    Raises NotFound, OutOfTurn if it is over.
    """
    _locked(session, actor, inspection_id)
    session.execute(
        upsert(SelfAnswer)
        .values(
            id=uuid4(),
            inspection_id=inspection_id,
            item=item,
            result=None,
            note="",
            place="",
            major=False,
            edits=0,
            changed_at=now,
            changed_by=own_person(actor),
        )
        .on_conflict_do_nothing(index_elements=["inspection_id", "item"])
    )
    wanted = select(SelfAnswer).where(
        SelfAnswer.inspection_id == inspection_id, SelfAnswer.item == item
    )
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def enter(
    session: Session,
    actor: Actor,
    inspection_id: UUID,
    item: str,
    entry: Entry,
    *,
    seen: int,
    now: datetime,
) -> int:
    """Keep what was entered for an item and return how often it was changed with that.

    The same thing twice is no clash. Raises NotFound, OutOfTurn, Stale if somebody else at the
    unit entered another thing since.
    """
    row = row_of(session, actor, inspection_id, item, now=now)
    given = {name: getattr(entry, name) for name in ("result", "note", "place", "major")}
    if {name: getattr(row, name) for name in given} == given:
        return row.edits
    if row.edits != seen:
        raise Stale(seen, row.edits)
    for name, value in given.items():
        setattr(row, name, value)
    row.edits, row.changed_at, row.changed_by = row.edits + 1, now, own_person(actor)
    session.flush()
    return row.edits


def drop(session: Session, actor: Actor, inspection_id: UUID, *, now: datetime) -> None:
    """Throw away what was entered. Raises NotFound, OutOfTurn if it is over."""
    held = _locked(session, actor, inspection_id)
    about = {"inspection": held.id, "duty": held.duty, "period": held.period}
    tell(session, actor, held.unit_id, Act.DROPPED, now=now, **about)
    session.delete(held)
    session.flush()


def finish(
    session: Session,
    actor: Actor,
    inspection_id: UUID,
    preset: Preset,
    *,
    seen: int,
    statement: str,
    category: str,
    photos: Mapping[UUID, Sequence[object]],
    now: datetime,
) -> list[Found]:
    """Finish a self-inspection; every item that failed becomes an own hazard.

    `category` is their kind, since no checklist says one. Raises NotFound, OutOfTurn, Stale if
    somebody entered something after the page was opened, Incomplete.
    """
    held = _locked(session, actor, inspection_id)
    rows = queries.answers_of(session, inspection_id)
    if sum(row.edits for row in rows) != seen:
        raise Stale(seen, sum(row.edits for row in rows))
    if held.checklist is None and not statement.strip():
        raise Incomplete("statement", "self_statement_missing")
    hazards = []
    if held.checklist is not None:
        checked = Checked(copy=held.checklist, answers=tuple(queries.answered(rows, photos)))
        if next(lacking(checked), None) is not None:
            raise Incomplete("", "self_lacking")
        hazards = list(failed(checked))
    if hazards and category not in preset.taxonomy.categories:
        raise Incomplete("category", "self_category_unlisted")
    said = {f"note_{row.item}": (TextKind.NOTE, _line(row)) for row in rows if row.result}
    texts = keep_words(session, {**said, "statement": (TextKind.STATEMENT, statement.strip())})
    held.finished_at, held.finished_by = now, own_person(actor)
    held.statement_text_id = texts["statement"].id if "statement" in texts else None
    for row in rows:
        ref = texts.get(f"note_{row.item}")
        row.note_text_id, row.note, row.place = ref.id if ref else None, "", ""
    session.flush()
    about: dict[str, Any] = {"inspection": held.id, "duty": held.duty, "period": held.period}
    results = {row.item: row.result for row in rows if row.result}
    tell(
        session, actor, held.unit_id, Act.FINISHED, now=now,
        **about, results=results, texts=texts,
    )  # fmt: skip
    return [
        enter_hazard(
            session,
            actor,
            preset,
            words="：".join(filter(None, (answer.place.strip(), answer.note.strip()))),
            category=category,
            major=answer.major,
            inspection_id=held.id,
            item=item.id,
            now=now,
        )
        for item, answer in hazards
    ]


def _line(row: SelfAnswer) -> str:
    return "：".join(part for part in (row.place.strip(), row.note.strip()) if part)


def _locked(session: Session, actor: Actor, inspection_id: UUID) -> SelfInspection:
    """Lock what is under way: who enters waits for who finishes, and the other way round."""
    require(actor, Action.SELF_INSPECT)
    unit_id = own_unit(actor)
    held = session.get(SelfInspection, inspection_id, with_for_update=True, populate_existing=True)
    if held is None or held.unit_id != unit_id:
        raise NotFound(inspection_id)
    if held.finished_at is not None:
        raise OutOfTurn(OVER)
    return held
