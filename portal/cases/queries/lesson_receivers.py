"""Who is told of a lesson: those who may read it as the second person, its author, the director."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.kinds import Role
from portal.accounts.queries import PersonalAccount, account, holders_of, members_of
from portal.cases.models import Case
from portal.history.queries import one_event
from portal.lessons import queries as lessons
from portal.lessons.queries import StandingLesson
from portal.notices.kinds import Told
from portal.notices.models import Notice
from portal.presets.kinds import Receiver
from portal.units.queries import people_tied_to


def told_of_lesson(session: Session, notice: Notice, *, on: date) -> Told:
    """Return who is to be told what was done with a lesson; never who did it."""
    event = one_event(session, notice.event_seq)
    one = lessons.lesson(session, UUID(str(event.payload["lesson"])))
    found = RESOLVERS[Receiver(notice.receiver)](session, one, on)
    others = [who for who in found if who.person_id != event.person_id]
    return Told(tuple(dict.fromkeys(who.id for who in others)), all_excused=bool(found))


def _readers(session: Session, one: StandingLesson, on: date) -> list[PersonalAccount]:
    """Return who may read it as the second person: of its group, else directors; not its writers,
    nor whom anything keeps from one of its cases.
    """
    cases = session.scalars(select(Case).where(Case.id.in_(lessons.case_ids(session, one.id))))
    barred, groups = set(lessons.writers(session, one.id)), {one.group_id}
    for case in cases:
        barred |= {*case.recused, *case.hidden_from}
        barred |= people_tied_to(session, case.unit_id) if case.unit_id else frozenset()
        groups.add(case.group_id if one.group_id is None else None)
    near = [who for group in groups if group for who in members_of(session, group, on=on)]
    return _but(near, barred) or _but(_directors(session, one, on), barred)


def _but(found: Iterable[PersonalAccount], barred: set[UUID]) -> list[PersonalAccount]:
    return [who for who in found if who.person_id not in barred]


def _author(session: Session, one: StandingLesson, on: date) -> list[PersonalAccount]:
    found = account(session, one.drafted_by)
    return [found] if found.active else []


def _directors(session: Session, one: StandingLesson, on: date) -> list[PersonalAccount]:
    return list(holders_of(session, Role.DIRECTOR, on=on))


RESOLVERS: Mapping[Receiver, Callable[[Session, StandingLesson, date], list[PersonalAccount]]] = {
    Receiver.REVIEWERS: _readers,
    Receiver.HANDLER: _author,
    Receiver.DIRECTOR: _directors,
}
