"""The alarms of a desk and the cases that belong to each."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.cases.kinds import State
from portal.cases.models import Alarm, AlarmCase, Case
from portal.cases.visibility import visible_to
from portal.foundation.errors import NotFound
from portal.reports.models import Report


@dataclass(frozen=True, slots=True)
class Counted:
    """An alarm with how many reports it has, how many wait, and how many of those are behind."""

    alarm: Alarm
    reports: int
    waiting: int
    slow: int


def alarm(session: Session, actor: Actor, alarm_id: UUID, *, lock: bool = False) -> Alarm:
    """Return an alarm of the actor's own desk. Raises NotFound."""
    wanted = select(Alarm).where(Alarm.id == alarm_id, Alarm.desk_id == actor.group_id)
    found = session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound(alarm_id)
    return found


def running_alarms(session: Session, actor: Actor) -> Sequence[Counted]:
    """Return the alarms of the actor's desk that have not ended, the newest first."""
    wanted = select(Alarm).where(Alarm.desk_id == actor.group_id, Alarm.ended_at.is_(None))
    found = session.scalars(wanted.order_by(Alarm.raised_at.desc(), Alarm.id)).all()
    return [counted(session, one) for one in found]


def counted(session: Session, one: Alarm) -> Counted:
    """Return an alarm with its counts."""
    waits = Case.state == State.RECEIVED
    row = session.execute(
        select(
            func.count(),
            func.count().filter(waits),
            func.count().filter(waits & Case.slow_lane),
        )
        .select_from(AlarmCase)
        .join(Case, Case.id == AlarmCase.case_id)
        .where(AlarmCase.alarm_id == one.id)
    ).one()
    return Counted(one, *row)


def cases_of_alarm(
    session: Session, actor: Actor, alarm_id: UUID, *, behind: str = "", limit: int
) -> Sequence[Case]:
    """Return the cases of an alarm that the actor can see, by number, from behind one on."""
    wanted = _cases(actor, alarm_id).where(Case.number > behind)
    return session.scalars(wanted.order_by(Case.number).limit(limit)).all()


def _cases(actor: Actor, alarm_id: UUID) -> Select[Case]:
    return (
        select(Case)
        .join(AlarmCase, AlarmCase.case_id == Case.id)
        .where(AlarmCase.alarm_id == alarm_id, visible_to(actor))
    )


def waits_behind(session: Session, report: Report) -> bool:
    """Say whether a report waits in the slow lane."""
    wanted = select(Case.slow_lane & (Case.state == State.RECEIVED))
    return bool(session.scalar(wanted.where(Case.id == report.case_id)))


def waiting_in_lane(
    session: Session, actor: Actor, *, slow: bool, alarm_id: UUID | None = None
) -> Sequence[tuple[UUID, int]]:
    """Return id and version of what waits in a lane of the actor's desk, or of an alarm there."""
    wanted = (
        select(Case.id, Case.version)
        .where(
            visible_to(actor, Action.SORT), Case.state == State.RECEIVED, Case.slow_lane.is_(slow)
        )
        .order_by(Case.number)
    )
    if alarm_id is not None:
        wanted = wanted.join(AlarmCase, AlarmCase.case_id == Case.id)
        wanted = wanted.where(AlarmCase.alarm_id == alarm_id)
    return [(row.id, row.version) for row in session.execute(wanted)]
