"""Lessons as far as somebody can see the cases they come from, and what those cases show."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from portal.access.kinds import Action, Actor, Role
from portal.access.policy import may
from portal.accounts.queries import names_of_people
from portal.cases.kinds import Resolution, State
from portal.cases.models import Case
from portal.cases.visibility import visible_to
from portal.foundation.errors import NotFound
from portal.history.kinds import TextKind
from portal.history.queries import KeptWords, events_of_many
from portal.inspections.models import Hazard, Inspection
from portal.lessons import queries as lessons
from portal.lessons.kinds import LessonState
from portal.lessons.lifecycle import Conditions, Names, Wording
from portal.lessons.models import Lesson, LessonCase
from portal.lessons.queries import IS_PUBLIC, PAGE, Key
from portal.personal.words import TITLES
from portal.presets.kinds import Preset
from portal.reports.models import Report
from portal.units.models import Unit
from portal.units.queries import tied_units

#: Whom a tie to a unit, or stepping back, keeps from the contents of a case.
BARRED = (Role.MEMBER, Role.LEAD)
#: A name of somebody is no longer than this; what is longer says more than a name.
LONGEST_NAME = 30
# Made once, like every alias: to make it takes longer than what is asked with it.
_source = aliased(LessonCase)
REPORTED = (TextKind.REPORT, TextKind.ANSWERS, TextKind.MESSAGE, TextKind.OBJECTION)


def open_cases(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Return the clause that keeps the cases whose contents the actor reads."""
    seen = visible_to(actor, Action.READ_FILE)
    if actor.role not in BARRED:
        return seen
    tied = tied_units(session, actor.person_id)
    is_free = ~Case.recused.contains([actor.person_id])
    if tied:
        is_free = is_free & or_(Case.unit_id.is_(None), Case.unit_id.not_in(tied))
    return seen & is_free


def readable(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Return the clause that keeps the lessons that the actor may read.

    What is published everybody reads. What is not says what its cases say: who may read the files
    of all of them may read it.
    """
    is_public = IS_PUBLIC if may(actor, Action.READ_LESSONS) else false()
    if not may(actor, Action.READ_DRAFTS):
        return is_public
    shown = select(Case.id).where(open_cases(session, actor))
    closed_off = select(_source.case_id).where(
        _source.lesson_id == Lesson.id, _source.case_id.not_in(shown)
    )
    return or_(is_public, ~closed_off.exists())


def lesson_of(session: Session, actor: Actor, lesson_id: UUID, *, lock: bool = False) -> Lesson:
    """Return a lesson that the actor may read. Raises NotFound."""
    wanted = select(Lesson.id).where(Lesson.id == lesson_id, readable(session, actor))
    if session.scalar(wanted) is None:
        raise NotFound(lesson_id)
    return lessons.lesson(session, lesson_id, lock=lock)


@dataclass(frozen=True, slots=True)
class ListedLesson:
    """A lesson with what it says."""

    lesson: Lesson
    wording: Wording


def lessons_listed(
    session: Session,
    actor: Actor,
    *,
    state: str = "",
    after: Key | None = None,
    limit: int = PAGE,
) -> list[ListedLesson]:
    """Return lessons that the actor may read, those changed last first, from behind `after` on."""
    wanted = select(Lesson).where(readable(session, actor))
    if state:
        wanted = wanted.where(Lesson.state == state)
    if after is not None:
        wanted = wanted.where(tuple_(Lesson.changed_at, Lesson.id) < tuple_(*after))
    order = (Lesson.changed_at.desc(), Lesson.id.desc())
    rows = session.scalars(wanted.order_by(*order).limit(limit)).all()
    said = lessons.wordings(session, rows)
    return [ListedLesson(one, said[one.id]) for one in rows]


def lessons_counted(session: Session, actor: Actor) -> Mapping[LessonState, int]:
    """Return how many lessons the actor may read, by state."""
    wanted = select(Lesson.state, func.count()).where(readable(session, actor))
    rows = session.execute(wanted.group_by(Lesson.state))
    return {state: count for state, count in rows}


def lessons_of_case(session: Session, actor: Actor, case_id: UUID) -> list[ListedLesson]:
    """Return the lessons drafted from a case that the actor may read, the newest first."""
    wanted = (
        select(Lesson)
        .join(LessonCase, LessonCase.lesson_id == Lesson.id)
        .where(LessonCase.case_id == case_id, readable(session, actor))
        .order_by(Lesson.drafted_at.desc(), Lesson.id)
    )
    rows = session.scalars(wanted).all()
    said = lessons.wordings(session, rows)
    return [ListedLesson(one, said[one.id]) for one in rows]


# What its cases show


@dataclass(frozen=True, kw_only=True)
class Material:
    """What the cases of a lesson show: where it belongs, what others may share, whom they name."""

    cases: Sequence[Case]
    category: str | None
    sector: str | None
    conditions: Conditions
    #: The words of each item, by how conditions name it: the checklist as it stood then.
    items: Mapping[str, Mapping[str, str]]


def closed_cases(session: Session, actor: Actor, ids: Collection[UUID]) -> Sequence[Case]:
    """Return these cases, of which the actor reads the contents, by number. Raises NotFound."""
    wanted = select(Case).where(Case.id.in_(ids), open_cases(session, actor))
    found = session.scalars(wanted.order_by(Case.number)).all()
    if len(found) != len(set(ids)):
        raise NotFound(ids)
    return found


def closed_numbered(session: Session, actor: Actor, numbers: Collection[str]) -> Mapping[str, UUID]:
    """Return closed cases by their numbers, as far as the actor reads their contents."""
    wanted = select(Case.number, Case.id).where(
        Case.number.in_(numbers), Case.state == State.CLOSED, open_cases(session, actor)
    )
    return {number: case_id for number, case_id in session.execute(wanted)} if numbers else {}


def closed_of(session: Session, actor: Actor, *, most: int = 400) -> Sequence[Case]:
    """Return closed cases with their hazard put right that the actor reads, by number."""
    wanted = select(Case).where(Case.resolution == Resolution.RECTIFIED, open_cases(session, actor))
    return session.scalars(wanted.order_by(Case.number).limit(most)).all()


def open_of(session: Session, actor: Actor, *, most: int = 60) -> Sequence[Case]:
    """Return open cases that the actor reads, the newest number first."""
    wanted = select(Case).where(Case.state != State.CLOSED, open_cases(session, actor))
    return session.scalars(wanted.order_by(Case.number.desc()).limit(most)).all()


def material(session: Session, cases: Sequence[Case], preset: Preset) -> Material:
    """Return what cases show, for the form of a lesson."""
    ids = [case.id for case in cases]
    units = _units(session, cases)
    items = items_of(session, ids)
    categories = [case.category for case in cases if case.category]
    first = categories[0] if categories else None
    known = preset.taxonomy.categories.get(first or "")
    sectors = {unit.sector for unit in units if unit.sector}
    sectors |= {case.sector for case in cases if case.sector}
    sectors |= {
        preset.taxonomy.categories[code].sector
        for code in categories
        if code in preset.taxonomy.categories
    }
    where = {place for case in cases for place in (case.jurisdiction, case.township)}
    where |= {place for unit in units for place in (unit.jurisdiction, unit.township)}
    return Material(
        cases=cases,
        category=first,
        sector=known.sector if known else min(sectors, default=None),
        conditions=Conditions(
            sectors=frozenset(sectors),
            items=frozenset(items),
            sizes=frozenset(unit.size.value for unit in units if unit.size),
            places=frozenset(place for place in where if place),
        ),
        items=items,
    )


def _units(session: Session, cases: Sequence[Case]) -> Sequence[Unit]:
    ids = {case.unit_id for case in cases if case.unit_id}
    return session.scalars(select(Unit).where(Unit.id.in_(ids))).all() if ids else []


def items_of(session: Session, ids: Sequence[UUID]) -> dict[str, Mapping[str, str]]:
    """Return the items that failed in cases, by how conditions name them, with their words."""
    rows = session.execute(
        select(Hazard.item, Inspection.checklist)
        .join(Inspection, Inspection.id == Hazard.inspection_id)
        .where(Hazard.case_id.in_(ids), Hazard.item.is_not(None))
    )
    found: dict[str, Mapping[str, str]] = {}
    for item, copy in rows:
        content = (copy or {}).get("content", {})
        said: Mapping[str, str] = next(
            (one for one in content.get("items", ()) if one.get("id") == item), {}
        )
        found[item_code(content.get("id", ""), item)] = said
    return found


def item_code(checklist: str, item: str) -> str:
    """Return how conditions name an item."""
    return f"{checklist}/{item}"


def names_in(session: Session, ids: Collection[UUID], text: str) -> Names:
    """Return what may stand in a text and names somebody or a place of these cases.

    Units by the whole register: a draft may name another one than its cases do.
    """
    cases = session.scalars(select(Case).where(Case.id.in_(ids))).all()
    origins = session.scalars(select(Report.origin_case_id).where(Report.case_id.in_(ids))).all()
    own = _units(session, cases)
    bodies: dict[str, list[str]] = {}
    asked = (*REPORTED, TextKind.PLACE, TextKind.WHO)
    rows = session.execute(
        select(KeptWords.kind, KeptWords.body).where(
            KeptWords.case_id.in_({*ids, *origins}), KeptWords.kind.in_(asked)
        )
    )
    for kind, body in rows:
        bodies.setdefault(kind, []).append(body or "")
    called = [line for body in bodies.get(TextKind.WHO, ()) for line in body.splitlines()[:1]]
    called += [unit.contact_name for unit in own]
    return Names(
        people=(*_staff(session, ids), *filter(is_name, map(str.strip, called))),
        units=(*(unit.name for unit in own), *_named_units(session, text)),
        addresses=(*(unit.address for unit in own), *bodies.get(TextKind.PLACE, ())),
        reporters=tuple(body for kind in REPORTED for body in bodies.get(kind, ())),
    )


def _staff(session: Session, ids: Collection[UUID]) -> Collection[str]:
    """Return the names of everybody who did something in these cases."""
    visits = session.scalars(select(Inspection.inspectors).where(Inspection.case_id.in_(ids)))
    people = {person for visit in visits for person in visit}
    people |= {one.person_id for one in events_of_many(session, ids) if one.person_id}
    return names_of_people(session, people).values()


def is_name(words: str) -> bool:
    """Say whether words are somebody's name and not a post."""
    return 1 < len(words) <= LONGEST_NAME and not words.endswith(tuple(TITLES))


def _named_units(session: Session, text: str) -> Sequence[str]:
    is_there = func.strpos(literal(text), Unit.name) > 0
    return session.scalars(select(Unit.name).where(func.length(Unit.name) > 3, is_there)).all()
