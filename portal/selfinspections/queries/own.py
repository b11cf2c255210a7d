"""What a unit reads of its own, and staff of a unit: duties, checks, hazards with their tasks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor, Role
from portal.access.policy import may
from portal.clocks.days import add_months, instant
from portal.foundation.errors import NotFound
from portal.history.queries import words
from portal.inspections.lifecycle import Answered
from portal.presets.duties import Duty
from portal.presets.kinds import Preset
from portal.selfinspections.kinds import HazardState
from portal.selfinspections.lifecycle import (
    SHOWN_BACK,
    Due,
    Task,
    duties_due,
    period_of,
    state_of,
)
from portal.selfinspections.models import (
    Declaration,
    SelfAnswer,
    SelfHazard,
    SelfInspection,
    SelfSchedule,
    SelfTask,
)
from portal.units.models import Unit

PAGE = 25
HazardKey = tuple[datetime, UUID]
#: What reading returns; rooms above name it so and need not know the tables.
Inspected = SelfInspection
Entered = SelfAnswer


def readable(actor: Actor, unit_id: UUID) -> bool:
    """Say whether an actor may read what this unit found: who works for it, and staff who do."""
    if actor.role is Role.UNIT:
        return may(actor, Action.READ_OWN_UNIT) and actor.unit_id == unit_id
    return may(actor, Action.READ_SELF_INSPECTIONS)


def require_readable(actor: Actor, unit_id: UUID) -> None:
    """Raise NotFound for what the actor must not know of."""
    if not readable(actor, unit_id):
        raise NotFound(unit_id)


def has_duty(session: Session, unit_id: UUID, duty: Duty) -> bool:
    """Say whether a unit takes part and a duty is one of its own."""
    unit = session.get_one(Unit, unit_id)
    is_in = session.get(SelfSchedule, unit_id) is not None
    return is_in and duty.whom.means(unit.sector, unit.size)


def since(session: Session, unit_id: UUID) -> date | None:
    """Return from which day on a unit takes part; None: it does not."""
    found = session.get(SelfSchedule, unit_id)
    return found.from_on if found else None


def due_of(session: Session, unit_id: UUID, preset: Preset, *, now: datetime) -> list[Due]:
    """Return what a unit that takes part has to do, what it missed first."""
    schedule, unit = session.get(SelfSchedule, unit_id), session.get_one(Unit, unit_id)
    if schedule is None:
        return []
    today = now.astimezone(preset.limits.zone).date()
    rules = preset.self_inspection
    periods = {
        period_of(add_months(today, -months * back), every).code
        for every, months in (("month", 1), ("quarter", 3), ("year", 12))
        for back in range(SHOWN_BACK + 1)
    }
    rows = session.execute(
        select(SelfInspection.duty, SelfInspection.period, SelfInspection.finished_at).where(
            SelfInspection.unit_id == unit_id, SelfInspection.period.in_(periods)
        )
    ).all()
    return duties_due(
        rules,
        sector=unit.sector,
        size=unit.size,
        since=schedule.from_on,
        today=today,
        done={(duty, period) for duty, period, finished in rows if finished is not None},
        under_way={duty for duty, _period, finished in rows if finished is None},
    )


def under_way(session: Session, unit_id: UUID) -> Sequence[SelfInspection]:
    """Return what a unit has begun and not finished."""
    wanted = select(SelfInspection).where(
        SelfInspection.unit_id == unit_id, SelfInspection.finished_at.is_(None)
    )
    return session.scalars(wanted.order_by(SelfInspection.begun_at)).all()


def finished(session: Session, unit_id: UUID, *, limit: int = PAGE) -> Sequence[SelfInspection]:
    """Return the newest self-inspections that a unit finished."""
    wanted = select(SelfInspection).where(
        SelfInspection.unit_id == unit_id, SelfInspection.finished_at.is_not(None)
    )
    ordered = wanted.order_by(SelfInspection.finished_at.desc(), SelfInspection.id)
    return session.scalars(ordered.limit(limit)).all()


def inspection(session: Session, actor: Actor, inspection_id: UUID) -> SelfInspection:
    """Return a self-inspection that the actor may read. Raises NotFound."""
    found = session.get(SelfInspection, inspection_id)
    if found is None:
        raise NotFound(inspection_id)
    require_readable(actor, found.unit_id)
    return found


def answers_of(session: Session, inspection_id: UUID) -> Sequence[SelfAnswer]:
    """Return what was entered, by item."""
    wanted = select(SelfAnswer).where(SelfAnswer.inspection_id == inspection_id)
    ordered = wanted.order_by(SelfAnswer.item).execution_options(populate_existing=True)
    return session.scalars(ordered).all()


def answered(rows: Iterable[SelfAnswer], photos: Mapping[UUID, Sequence[object]]) -> list[Answered]:
    """Return the answers among the rows as an inspection's rules take them."""
    return [
        Answered(
            id=row.id,
            item=row.item,
            result=row.result,
            note=row.note,
            place=row.place,
            major=row.major,
            photos=len(photos.get(row.id, ())),
        )
        for row in rows
        if row.result is not None
    ]


# own hazards


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTask:
    id: UUID
    number: int
    task: str
    who: str
    due_on: date
    done_at: datetime | None
    done: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnHazard:
    """A hazard that a unit found, each value named: nothing of a report can be among them."""

    id: UUID
    unit_id: UUID
    number: int
    words: str
    category: str
    major: bool
    entered_at: datetime
    put_right_at: datetime | None
    inspection_id: UUID | None
    item: str | None
    #: The case that it became, as the unit may name it; None: it became none.
    case_id: UUID | None
    handed_at: datetime | None
    state: HazardState
    tasks: Sequence[OwnTask]


def hazard(
    session: Session, actor: Actor, hazard_id: UUID, preset: Preset, *, now: datetime
) -> OwnHazard:
    """Return an own hazard that the actor may read, with its tasks. Raises NotFound."""
    row = session.get(SelfHazard, hazard_id)
    if row is None:
        raise NotFound(hazard_id)
    require_readable(actor, row.unit_id)
    return _dressed(session, [row], preset, now)[0]


def hazards(
    session: Session,
    actor: Actor,
    unit_id: UUID,
    preset: Preset,
    *,
    only_open: bool = False,
    after: HazardKey | None = None,
    limit: int = PAGE,
    now: datetime,
) -> tuple[list[OwnHazard], HazardKey | None]:
    """Return a page of what a unit found, the newest first, and where the next begins."""
    require_readable(actor, unit_id)
    wanted = select(SelfHazard).where(SelfHazard.unit_id == unit_id)
    if only_open:
        wanted = wanted.where(SelfHazard.put_right_at.is_(None))
    if after is not None:
        wanted = wanted.where(tuple_(SelfHazard.entered_at, SelfHazard.id) < tuple_(*after))
    ordered = wanted.order_by(SelfHazard.entered_at.desc(), SelfHazard.id.desc())
    rows = session.scalars(ordered.limit(limit + 1)).all()
    shown = rows[:limit]
    key = (shown[-1].entered_at, shown[-1].id) if len(rows) > limit else None
    return _dressed(session, shown, preset, now), key


def hazards_of(session: Session, inspection_id: UUID) -> Sequence[tuple[UUID, int, str | None]]:
    """Return id, number and item of the hazards that a self-inspection found."""
    rows = session.execute(
        select(SelfHazard.id, SelfHazard.number, SelfHazard.item)
        .where(SelfHazard.inspection_id == inspection_id)
        .order_by(SelfHazard.number)
    )
    return [(id_, number, item) for id_, number, item in rows]


def open_hazards(session: Session, unit_id: UUID) -> int:
    """Return how many own hazards of a unit are not put right."""
    wanted = select(func.count()).select_from(SelfHazard)
    wanted = wanted.where(SelfHazard.unit_id == unit_id, SelfHazard.put_right_at.is_(None))
    return int(session.scalar(wanted) or 0)


def tasks_of(session: Session, hazard_ids: Iterable[UUID]) -> Mapping[UUID, Sequence[SelfTask]]:
    """Return the tasks of hazards by hazard, in their order."""
    ids = list(hazard_ids)
    found: dict[UUID, list[SelfTask]] = {one: [] for one in ids}
    wanted = select(SelfTask).where(SelfTask.hazard_id.in_(ids))
    for row in session.scalars(wanted.order_by(SelfTask.number)) if ids else ():
        found[row.hazard_id].append(row)
    return found


def _dressed(
    session: Session, rows: Sequence[SelfHazard], preset: Preset, now: datetime
) -> list[OwnHazard]:
    today = now.astimezone(preset.limits.zone).date()
    tasks = tasks_of(session, [row.id for row in rows])
    texts = [row.text_id for row in rows]
    for own in tasks.values():
        for task in own:
            texts += filter(None, (task.text_id, task.who_text_id, task.done_text_id))
    said = words(session, texts)
    return [
        OwnHazard(
            id=row.id,
            unit_id=row.unit_id,
            number=row.number,
            words=said.get(row.text_id) or "",
            category=row.category,
            major=row.major,
            entered_at=row.entered_at,
            put_right_at=row.put_right_at,
            inspection_id=row.inspection_id,
            item=row.item,
            case_id=row.case_id,
            handed_at=row.handed_at,
            state=state_of(
                (Task(due_on=one.due_on, done_at=one.done_at) for one in tasks[row.id]), today
            ),
            tasks=[
                OwnTask(
                    id=one.id,
                    number=one.number,
                    task=said.get(one.text_id) or "",
                    who=said.get(one.who_text_id) or "",
                    due_on=one.due_on,
                    done_at=one.done_at,
                    done=(said.get(one.done_text_id) or "") if one.done_text_id else "",
                )
                for one in tasks[row.id]
            ],
        )
        for row in rows
    ]


# declared months


def month_span(month: date, preset: Preset) -> tuple[datetime, datetime]:
    """Return when a month begins and ends in the city."""
    zone = preset.limits.zone
    start = instant(month, datetime.min.time(), zone)
    return start, instant(add_months(month, 1), datetime.min.time(), zone)


def counted_in(session: Session, unit_id: UUID, month: date, preset: Preset) -> tuple[int, int]:
    """Return how many hazards a unit entered in a month, and how many of them are put right."""
    start, end = month_span(month, preset)
    found, right = session.execute(
        select(func.count(), func.count(SelfHazard.put_right_at)).where(
            SelfHazard.unit_id == unit_id,
            SelfHazard.entered_at >= start,
            SelfHazard.entered_at < end,
        )
    ).one()
    return int(found), int(right)


def owes(session: Session, unit_id: UUID, month: date, preset: Preset) -> bool:
    """Say whether a unit has to declare a month: it takes part, and the rules mean it."""
    schedule, unit = session.get(SelfSchedule, unit_id), session.get_one(Unit, unit_id)
    if schedule is None or add_months(month, 1) <= schedule.from_on:
        return False
    return preset.self_inspection.declare.means(unit.sector, unit.size)


def declarations_of(
    session: Session, actor: Actor, unit_id: UUID, *, limit: int = 24
) -> Sequence[Declaration]:
    """Return the months that a unit declared, the newest first. Raises NotFound."""
    require_readable(actor, unit_id)
    wanted = select(Declaration).where(Declaration.unit_id == unit_id)
    return session.scalars(wanted.order_by(Declaration.month.desc()).limit(limit)).all()
