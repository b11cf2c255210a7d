"""Where lessons are needed: cases and units that look alike, and what became of those swept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Text, cast, func, or_, select, true
from sqlalchemy import case as either
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor, GroupKind
from portal.cases.kinds import Finding, State
from portal.cases.models import Case
from portal.cases.queries.lessons import item_code, open_cases
from portal.cases.visibility import visible_to
from portal.inspections.kinds import Result
from portal.inspections.models import DraftAnswer, Hazard, Inspection, InspectionDraft
from portal.lessons import queries as lessons
from portal.lessons.kinds import Like, Verdict
from portal.lessons.lifecycle import (
    COUNTS,
    Conditions,
    Effect,
    Known,
    Matter,
    Register,
    Wording,
    came_back,
    conditions_of,
    shared,
    suggest,
)
from portal.lessons.models import Lesson, LessonCase, LessonSweep, LessonUse
from portal.lessons.queries import IS_PUBLIC
from portal.plans.models import Plan, PlanUnit
from portal.plans.queries import readable as readable_plans
from portal.presets.kinds import Preset
from portal.units.models import Unit

TRUE = (Finding.TRUE, Finding.PARTLY)
#: In which states an inspection can be under way.
WORKING = (State.IN_HAND, State.RECTIFYING, State.REVIEWING)
#: How conditions name the item of a hazard.
ITEM = func.concat(Inspection.checklist["content"]["id"].astext, "/", Hazard.item)


@dataclass(frozen=True, slots=True)
class SuggestedLesson:
    """A published lesson, why it is suggested, and what was said of it at this case."""

    id: UUID
    language: str
    wording: Wording
    why: Sequence[Like]
    verdict: Verdict | None


def suggested_lessons(
    session: Session, case: Case, preset: Preset, *, claimed: str | None = None
) -> list[SuggestedLesson]:
    """Return the published lessons that a case looks like, the most alike first.

    By sector, kind of hazard and the items that failed, those of an inspection under way too; as
    many as the preset says. The caller has loaded the case for somebody who can see it.
    """
    matter, most = _matter(session, case, preset, claimed), preset.city.settings.lessons_shown
    rows = _nearest(session, case, matter, most)
    if not rows:
        return []
    found = suggest(map(_known, rows), matter, most=most)
    by_id = {one.id: one for one in rows}
    said = lessons.wordings(session, [by_id[one.id] for one, _why in found])
    verdicts = lessons.verdicts_of(session, case.id) if found else {}
    return [
        SuggestedLesson(one.id, by_id[one.id].language, said[one.id], why, verdicts.get(one.id))
        for one, why in found
    ]


def _known(one: Lesson) -> Known:
    return Known(
        id=one.id,
        conditions=conditions_of(one.conditions),
        category=one.category,
        order=one.published_at.timestamp() if one.published_at else 0,
    )


def _matter(session: Session, case: Case, preset: Preset, claimed: str | None) -> Matter:
    unit = session.get(Unit, case.unit_id) if case.unit_id else None
    code = case.category or claimed
    category = preset.taxonomy.categories.get(code or "")
    sector = case.sector or (category.sector if category else None) or (unit.sector if unit else "")
    items = _failed_now(session, case.id) if case.state in WORKING else set()
    if case.inspected_at is not None:
        items |= set(session.scalars(_failed(Hazard.case_id == case.id)))
    return Matter(sector=sector or None, category=code, items=frozenset(items))


def _failed(*clauses: ColumnElement[bool]) -> Select[Any]:
    return (
        select(ITEM)
        .join(Inspection, Inspection.id == Hazard.inspection_id)
        .where(Hazard.item.is_not(None), Hazard.refuted_at.is_(None), *clauses)
    )


def _failed_now(session: Session, case_id: UUID) -> set[str]:
    """Return the items that failed so far in the inspection under way."""
    rows = session.execute(
        select(InspectionDraft.checklist["content"]["id"].astext, DraftAnswer.item)
        .join(DraftAnswer, DraftAnswer.draft_id == InspectionDraft.id)
        .where(InspectionDraft.case_id == case_id, DraftAnswer.result == Result.FAIL)
    )
    return {item_code(checklist, item) for checklist, item in rows}


def _nearest(session: Session, case: Case, matter: Matter, most: int) -> Sequence[Lesson]:
    """Return the lessons that share the most with a matter: those that `suggest` would choose of
    all, chosen by the database, so that no page reads all that was ever published.
    """
    shares = _shares(matter)
    if not shares:
        return ()
    # What was learnt here needs no telling here.
    own = select(LessonCase.lesson_id).where(LessonCase.case_id == case.id)
    counted = [either((clause, COUNTS[like]), else_=0) for like, clause in shares.items()]
    worth = reduce(add, counted)
    wanted = select(Lesson).where(IS_PUBLIC, or_(*shares.values()), Lesson.id.not_in(own))
    order = (worth.desc(), Lesson.published_at.desc(), Lesson.id)
    return session.scalars(wanted.order_by(*order).limit(most)).all()


def _shares(matter: Matter) -> Mapping[Like, ColumnElement[bool]]:
    """Return by what lessons can be like a matter, each as a clause; nothing: by nothing."""
    found: dict[Like, ColumnElement[bool]] = {}
    if matter.items:
        found[Like.ITEM] = _holds("items", sorted(matter.items))
    if matter.category:
        found[Like.CATEGORY] = Lesson.category == matter.category
    if matter.sector:
        found[Like.SECTOR] = _holds("sectors", [matter.sector])
    return found


def _holds(name: str, values: Sequence[str]) -> ColumnElement[bool]:
    return Lesson.conditions[name].op("?|")(cast(list(values), ARRAY(Text)))


# The sweep


@dataclass(frozen=True, slots=True)
class AlikeUnit:
    """A unit that looks alike, and what it shares."""

    id: UUID
    name: str
    jurisdiction: str | None
    township: str | None
    sector: str | None
    size: str | None
    why: tuple[Like, ...]


def alike_units(session: Session, actor: Actor, one: Lesson, preset: Preset) -> list[AlikeUnit]:
    """Return the units that look alike, those that share the most first, each with what it shares.

    By one statement: the register, of supervision groups that of their district, with the items
    that failed in the inspections that the actor can see. The units of the lesson's own cases are
    left out: they had it.
    """
    conditions, least = conditions_of(one.conditions), preset.city.settings.lessons_alike_least
    own = select(Case.unit_id).join(LessonCase, LessonCase.case_id == Case.id)
    own = own.where(LessonCase.lesson_id == one.id, Case.unit_id.is_not(None))
    asked = units_asked(session, actor, conditions).where(Unit.id.not_in(own))
    found = [
        AlikeUnit(row.id, row.name, row.jurisdiction, row.township, row.sector, row.size, why)
        for row in session.execute(asked)
        if (why := shared(conditions, _unit(row), least=least))
    ]
    return sorted(found, key=_most_alike)


def _most_alike(one: AlikeUnit) -> tuple[Any, ...]:
    return (-len(one.why), Like.ITEM not in one.why, one.name, one.id)


def units_asked(
    session: Session, actor: Actor, conditions: Conditions | None = None
) -> Select[Any]:
    """Return the question for units with the items that failed there; with conditions only for
    those that share the sector or an item.
    """
    failed = (
        select(Case.unit_id.label("unit_id"), func.array_agg(func.distinct(ITEM)).label("items"))
        .join(Hazard, Hazard.case_id == Case.id)
        .join(Inspection, Inspection.id == Hazard.inspection_id)
        .where(Case.unit_id.is_not(None), Hazard.item.is_not(None), Hazard.refuted_at.is_(None))
        .where(open_cases(session, actor))
        .group_by(Case.unit_id)
        .subquery("failed")
    )
    columns = (Unit.id, Unit.name, Unit.jurisdiction, Unit.township, Unit.sector, Unit.size)
    asked = (
        select(*columns, failed.c["items"].label("failed"))
        .outerjoin(failed, failed.c.unit_id == Unit.id)
        .where(_watched(actor))
    )
    if conditions is None:
        return asked
    has_item = failed.c["items"].op("&&")(cast(sorted(conditions.items), ARRAY(Text)))
    return asked.where(or_(Unit.sector.in_(conditions.sectors), has_item))


def _watched(actor: Actor) -> ColumnElement[bool]:
    if actor.group_kind is GroupKind.SUPERVISION:
        return Unit.jurisdiction == actor.jurisdiction
    return true()


def _unit(row: Row[Any]) -> Matter:
    return Matter(
        sector=row.sector,
        size=row.size,
        places=frozenset(filter(None, (row.jurisdiction, row.township))),
        items=frozenset(row.failed or ()),
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """How many units look like a published lesson; `planned`: of them in a plan of a sweep."""

    lesson: Lesson
    units: int
    planned: int


def reach(session: Session, actor: Actor, preset: Preset) -> list[Reach]:
    """Return the published lessons, those first of which the most units look alike that no sweep
    has planned: every unit held against every lesson at once.
    """
    rows = session.execute(units_asked(session, actor)).all()
    register = Register([_unit(row) for row in rows], preset.city.settings.lessons_alike_least)
    swept, own = _swept(session, actor), _own_units(session)
    wanted = {unit for units in own.values() for unit in units}
    places = {row.id: place for place, row in enumerate(rows) if row.id in wanted}
    found = []
    for one in session.scalars(select(Lesson).where(IS_PUBLIC)):
        bits = register.alike(conditions_of(one.conditions))
        for unit in own.get(one.id, set()) & places.keys():
            bits &= ~(1 << places[unit])
        planned = swept.get(one.id, frozenset())
        done = sum(rows[place].id in planned for place in register.places(bits)) if planned else 0
        found.append(Reach(one, bits.bit_count(), done))
    return sorted(found, key=lambda one: (one.planned - one.units, one.lesson.id))


def _own_units(session: Session) -> Mapping[UUID, set[UUID]]:
    """Return the units of each lesson's own cases: they had it."""
    rows = session.execute(
        select(LessonCase.lesson_id, Case.unit_id)
        .join(Case, Case.id == LessonCase.case_id)
        .where(Case.unit_id.is_not(None))
    )
    found: dict[UUID, set[UUID]] = {}
    for lesson_id, unit_id in rows:
        if unit_id is not None:
            found.setdefault(lesson_id, set()).add(unit_id)
    return found


def _swept(session: Session, actor: Actor) -> Mapping[UUID, frozenset[UUID]]:
    """Return the units in plans of sweeps that the actor may know of, by lesson."""
    rows = session.execute(
        select(LessonSweep.lesson_id, Plan.picked)
        .join(Plan, Plan.id == LessonSweep.plan_id)
        .where(readable_plans(actor), Plan.dropped_at.is_(None))
    )
    found: dict[UUID, frozenset[UUID]] = {}
    for lesson_id, picked in rows:
        found[lesson_id] = found.get(lesson_id, frozenset()) | frozenset(picked)
    return found


# What came of it


def effect_of(session: Session, actor: Actor, one: Lesson, preset: Preset) -> Effect:
    """Count what became of a lesson, over the cases and plans that the actor can see.

    The definition that stands on its page: `EFFECT` in `lessons.kinds`.
    """
    months = preset.city.settings.lessons_recur_months
    seen = visible_to(actor, Action.READ_FILE)
    cases = session.execute(
        select(Case.id, Case.unit_id, Case.closed_at)
        .join(LessonCase, LessonCase.case_id == Case.id)
        .where(LessonCase.lesson_id == one.id, seen)
    ).all()
    own = {row.id for row in cases}
    visits = _visits(session, actor, one)
    begun = {row.unit_id: row.begun_at for row in visits if row.case_id in _seen(visits)}
    ended = {row.unit_id: row.closed_at for row in cases if row.unit_id and row.closed_at}
    others = _true_cases(session, actor, one, {*begun, *ended}, own)
    visit_cases = {row.case_id for row in visits if row.case_id}
    later = {
        unit: [at for case_id, at in found if case_id not in visit_cases]
        for unit, found in others.items()
    }
    judged = _judged(session, actor, one)
    return Effect(
        used=judged.get(Verdict.USED, 0),
        not_fitting=judged.get(Verdict.NOT_FITTING, 0),
        units=len(ended),
        recurred=came_back(ended, later, months),
        planned=len({row.unit_id for row in visits}),
        visited=len({row.unit_id for row in visits if row.is_done}),
        had_it=len({row.unit_id for row in visits if row.is_done and row.had_it}),
        came_back=came_back(begun, later, months),
        plans=tuple(dict.fromkeys(row.plan_id for row in visits)),
    )


def _seen(visits: Sequence[Any]) -> Collection[UUID]:
    return {row.case_id for row in visits if row.is_done}


def _judged(session: Session, actor: Actor, one: Lesson) -> Mapping[Verdict, int]:
    rows = session.execute(
        select(LessonUse.verdict, func.count())
        .join(Case, Case.id == LessonUse.case_id)
        .where(LessonUse.lesson_id == one.id, visible_to(actor, Action.READ_FILE))
        .group_by(LessonUse.verdict)
    )
    return {verdict: count for verdict, count in rows}


def _visits(session: Session, actor: Actor, one: Lesson) -> Sequence[Any]:
    """Return each unit of the sweeps' plans: its case if the actor sees it, whether the visit is
    recorded, and whether it found the hazard.
    """
    seen = visible_to(actor, Action.READ_FILE)
    items = sorted(conditions_of(one.conditions).items)
    # Of a lesson that names no item any hazard counts: the visit was made for its sake.
    found = select(Hazard.id).where(Hazard.case_id == Case.id).correlate(Case).exists()
    own = _failed(Hazard.case_id == Case.id, ITEM.in_(items)).correlate(Case).exists()
    failed = own if items else found
    kind = (Case.category == one.category) & Case.finding.in_(TRUE) if one.category else failed
    done = select(Inspection.id).where(Inspection.case_id == Case.id).correlate(Case).exists()
    return session.execute(
        select(
            PlanUnit.plan_id,
            PlanUnit.unit_id,
            PlanUnit.begun_at,
            Case.id.label("case_id"),
            func.coalesce(done & Case.id.is_not(None), False).label("is_done"),
            func.coalesce(or_(failed, kind), False).label("had_it"),
        )
        .join(LessonSweep, LessonSweep.plan_id == PlanUnit.plan_id)
        .join(Plan, Plan.id == PlanUnit.plan_id)
        .outerjoin(Case, (Case.id == PlanUnit.case_id) & seen)
        .where(LessonSweep.lesson_id == one.id, readable_plans(actor))
        .order_by(LessonSweep.swept_at, PlanUnit.position)
    ).all()


def _true_cases(
    session: Session, actor: Actor, one: Lesson, units: Collection[UUID], own: Collection[UUID]
) -> dict[UUID, list[tuple[UUID, datetime]]]:
    """Return the true cases of the lesson's kind of hazard at units, its own left out."""
    if not units or not one.category:
        return {}
    rows = session.execute(
        select(Case.unit_id, Case.id, Case.opened_at).where(
            Case.unit_id.in_(units),
            Case.category == one.category,
            Case.finding.in_(TRUE),
            Case.id.not_in(own),
            visible_to(actor, Action.READ_FILE),
        )
    )
    found: dict[UUID, list[tuple[UUID, datetime]]] = {}
    for unit_id, case_id, at in rows:
        if unit_id is not None:
            found.setdefault(unit_id, []).append((case_id, at))
    return found


def sweep_plans(session: Session, actor: Actor, lesson_id: UUID) -> Sequence[tuple[UUID, str]]:
    """Return the plans of a lesson's sweeps that the actor may know of, with their titles."""
    rows = session.execute(
        select(Plan.id, Plan.title)
        .join(LessonSweep, LessonSweep.plan_id == Plan.id)
        .where(LessonSweep.lesson_id == lesson_id, readable_plans(actor))
        .order_by(LessonSweep.swept_at, Plan.id)
    )
    return [(plan_id, title) for plan_id, title in rows]


def sweep_reasons(session: Session, plan_id: UUID) -> Mapping[str, Sequence[str]]:
    """Return what each unit of a sweep's plan shared then; nothing for other plans."""
    found = lessons.sweep_behind(session, plan_id)
    return found.why if found else {}
