"""Lessons: drafted from closed cases, read, published, judged at cases, swept over the register."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import may, require
from portal.cases.kinds import State
from portal.cases.models import Case
from portal.cases.queries.alike import alike_units
from portal.cases.queries.facts import case_of
from portal.cases.queries.lessons import (
    BARRED,
    Material,
    closed_cases,
    lesson_of,
    material,
    names_in,
    open_cases,
)
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn
from portal.lessons import queries, services
from portal.lessons.lifecycle import Draft, Lists, Wording, conditions_of
from portal.lessons.queries import StandingLesson
from portal.notices.services import queue_notices
from portal.plans.lifecycle import UNITS_MOST, Wish
from portal.plans.services import make_plan
from portal.presets.kinds import Preset
from portal.units.queries import people_tied_to

#: As which the notice table knows the acts that are told.
HANDED_IN, SENT_BACK = "lesson_handed_in", "lesson_sent_back"
READ, PUBLISHED = "lesson_read", "lesson_published"


@dataclass(frozen=True, slots=True)
class Seen:
    """A lesson and the version of it that the person had before them."""

    lesson_id: UUID
    version: int


def material_of(
    session: Session, actor: Actor, case_ids: Collection[UUID], preset: Preset
) -> Material:
    """Return what closed cases show, for who may draft a lesson from all of them.

    Raises NotFound for one that the actor can't see, NotAllowed, OutOfTurn for one that is open
    and for whom a tie keeps away.
    """
    for case_id in case_ids:
        case = case_of(session, actor, case_id, action=Action.READ_FILE)
        require(actor, Action.DRAFT_LESSON, case)
        _check_free(session, actor, case)
        if case.state is not State.CLOSED:
            raise OutOfTurn("lesson_case_open")
    if not case_ids:
        raise NotFound("cases")
    return material(session, closed_cases(session, actor, case_ids), preset)


def draft_lesson(
    session: Session,
    actor: Actor,
    given: Draft,
    case_ids: Collection[UUID],
    preset: Preset,
    *,
    now: datetime,
) -> UUID:
    """Draft a lesson from closed cases; return its id. Raises as `material_of`, and Incomplete."""
    found = material_of(session, actor, case_ids, preset)
    return services.draft(session, actor, given, case_ids, _lists(found, preset), now=now).id


def edit_lesson(
    session: Session, actor: Actor, seen: Seen, given: Draft, preset: Preset, *, now: datetime
) -> None:
    """Write a lesson anew. Raises as `material_of`, Incomplete, OutOfTurn if it has moved on."""
    one = _opened(session, actor, seen)
    found = own_material(session, actor, one, preset)
    services.edit(session, actor, one, given, _lists(found, preset), now=now)


def hand_in_lesson(
    session: Session, actor: Actor, seen: Seen, preset: Preset, *, now: datetime, tell: bool = True
) -> None:
    """Ask for a second reader."""
    one = _opened(session, actor, seen)
    own_material(session, actor, one, preset)
    seq = services.hand_in(session, actor, one, now=now)
    if tell:
        _tell(session, actor, HANDED_IN, preset, seq, now)


def send_lesson_back(
    session: Session,
    actor: Actor,
    seen: Seen,
    note: str,
    preset: Preset,
    *,
    now: datetime,
    tell: bool = True,
) -> None:
    """Give a lesson back to its author with a note."""
    require(actor, Action.REVIEW_LESSON)
    seq = services.send_back(session, actor, _opened(session, actor, seen), note, now=now)
    if tell:
        _tell(session, actor, SENT_BACK, preset, seq, now)


def pass_lesson(
    session: Session, actor: Actor, seen: Seen, preset: Preset, *, now: datetime, tell: bool = True
) -> None:
    """Say as the second person that a lesson can be published."""
    require(actor, Action.REVIEW_LESSON)
    seq = services.read(session, actor, _opened(session, actor, seen), now=now)
    if tell:
        _tell(session, actor, READ, preset, seq, now)


def publish_lesson(
    session: Session,
    actor: Actor,
    seen: Seen,
    in_spite: str,
    preset: Preset,
    *,
    now: datetime,
    tell: bool = True,
) -> None:
    """Publish a lesson that was read; words that may still name somebody need a said reason."""
    require(actor, Action.PUBLISH_LESSON)
    one = _opened(session, actor, seen)
    wording = queries.wordings(session, [one])[one.id]
    names = names_in(session, queries.case_ids(session, one.id), words_of(wording))
    seq = services.publish(session, actor, one, names, in_spite, now=now)
    if tell:
        _tell(session, actor, PUBLISHED, preset, seq, now)


def withdraw_lesson(
    session: Session, actor: Actor, seen: Seen, reason: str, preset: Preset, *, now: datetime
) -> None:
    """Take a lesson back from the public, with a reason."""
    require(actor, Action.PUBLISH_LESSON)
    services.withdraw(session, actor, _opened(session, actor, seen), reason, now=now)


def judge_lesson(
    session: Session, actor: Actor, lesson_id: UUID, case_id: UUID, verdict: str, *, now: datetime
) -> None:
    """Say at a case whether a lesson was used there."""
    case = case_of(session, actor, case_id, action=Action.READ_FILE)
    require(actor, Action.JUDGE_LESSON, case)
    _check_free(session, actor, case)
    one = queries.lesson(session, lesson_id, lock=True)
    if not services.is_published(one):
        raise NotFound(lesson_id)
    services.judge(session, actor, one, case_id, verdict, now=now)


def sweep_lesson(
    session: Session, actor: Actor, lesson_id: UUID, wish: Wish, preset: Preset, *, now: datetime
) -> UUID:
    """Make a plan that visits the units that look alike, with what each shares; return its id.

    As many as a plan takes without a draw, those that share the most first. Raises NotFound,
    NotAllowed, OutOfTurn for a lesson that is not published, Incomplete.
    """
    require(actor, Action.SWEEP_LESSON)
    one = lesson_of(session, actor, lesson_id, lock=True)
    services.require_open(one, "sweep")
    found = alike_units(session, actor, one, preset)[:UNITS_MOST]
    if not found:
        raise Incomplete("", "lesson_none_alike")
    units = tuple(unit.id for unit in found)
    plan = make_plan(session, actor, replace(wish, unit_ids=units), preset, now=now)
    why = {unit.id: unit.why for unit in found}
    services.keep_sweep(session, actor, one, plan.id, why, now=now)
    return plan.id


def words_of(wording: Wording) -> str:
    """Return everything that a lesson says."""
    return "\n".join(wording.parts.values())


def _opened(session: Session, actor: Actor, seen: Seen) -> StandingLesson:
    """Return the lesson, locked. Raises NotFound, and OutOfTurn if it has moved on meanwhile."""
    one = lesson_of(session, actor, seen.lesson_id, lock=True)
    if one.version != seen.version:
        raise OutOfTurn("lesson_moved_on")
    return one


def own_material(session: Session, actor: Actor, one: StandingLesson, preset: Preset) -> Material:
    """Return what the cases of a lesson show, for who may write on it.

    A case that was reopened since keeps nobody from mending what is written.
    """
    cases = closed_cases(session, actor, queries.case_ids(session, one.id))
    for case in cases:
        require(actor, Action.DRAFT_LESSON, case)
    found = material(session, cases, preset)
    # What a case showed when the lesson was drafted may be told otherwise by now.
    kept = conditions_of(one.conditions)
    named = {
        name: getattr(found.conditions, name) | getattr(kept, name)
        for name in ("sectors", "items", "sizes", "places")
    }
    return replace(found, conditions=replace(found.conditions, **named))


def may_write(session: Session, actor: Actor, one: StandingLesson) -> bool:
    """Say whether the actor may write on a lesson: on what was learnt from all of its cases."""
    ids = queries.case_ids(session, one.id)
    found = session.scalars(select(Case).where(Case.id.in_(ids), open_cases(session, actor))).all()
    return len(found) == len(ids) and all(may(actor, Action.DRAFT_LESSON, case) for case in found)


def _lists(found: Material, preset: Preset) -> Lists:
    return Lists(
        sectors=preset.taxonomy.sectors,
        categories=preset.taxonomy.categories,
        offered=found.conditions,
    )


def _check_free(session: Session, actor: Actor, case: Case) -> None:
    """Raise OutOfTurn for whom a tie, or stepping back, keeps from the contents of a case."""
    if actor.role not in BARRED:
        return
    tied = people_tied_to(session, case.unit_id) if case.unit_id else frozenset()
    if actor.person_id in tied or actor.person_id in case.recused:
        raise OutOfTurn("lesson_tied")


def _tell(
    session: Session, actor: Actor, event: str, preset: Preset, seq: int, now: datetime
) -> None:
    queue_notices(session, actor, event, preset.notices, case_id=None, seq=seq, now=now)
