"""What waits for a person on a working morning: new, nearly due, late, left by its handler."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, all_, and_, false, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.access.kinds import Actor, Role
from portal.accounts.models import Account
from portal.accounts.queries import actor_in, roles_of
from portal.cases.kinds import State
from portal.cases.models import Case
from portal.cases.queries.lists import handler_left
from portal.clocks.days import days_of, end_of, instant
from portal.presets.kinds import Preset
from portal.units.models import Tie

#: So many cases of each kind stand in a mail by number; the rest is counted.
NAMED = 10
#: It was handed over to another office, which has not replied: asked for until it has.
WAITS_FOR_OFFICE = (Case.state == State.CLOSED) & (Case.next_clock == "office_reply")


@dataclass(frozen=True, slots=True)
class Part:
    """Cases of one kind: how many, and the first of them by time left."""

    count: int
    cases: Sequence[tuple[UUID, str]]


@dataclass(frozen=True, slots=True)
class Morning:
    new: Part
    due: Part
    late: Part
    #: For a lead: whoever handles it can act in the group no more.
    left: Part

    def __bool__(self) -> bool:
        return any(part.count for part in (self.new, self.due, self.late, self.left))


def morning(
    session: Session, account: Account, preset: Preset, *, day: date, now: datetime
) -> Morning:
    """Return what waits for an account on the morning of `day`, over all the roles it holds.

    New: came in or was sent since the digest before. A case that is late is not also due.
    """
    zone, days = preset.limits.zone, days_of(preset.calendar)
    since = instant(days.before(day, 1), preset.notices.digest_at, zone)
    until = end_of(days.after(day, 1), zone)
    actors = [actor_in(account, held) for held in roles_of(account, on=day)]
    mine = or_(false(), *(_waiting_for(actor) for actor in actors))
    fresh = or_(false(), *(_new_for(actor, since) for actor in actors))
    led = or_(false(), *(_waiting_for(actor) for actor in actors if actor.role is Role.LEAD))
    open_here = and_(mine, _not_barred(account.person_id))
    return Morning(
        new=_part(session, open_here, fresh),
        due=_part(session, open_here, (Case.next_due_at > now) & (Case.next_due_at <= until)),
        late=_part(session, open_here, Case.next_due_at <= now),
        left=_part(session, open_here, led, handler_left(day)),
    )


def _waiting_for(actor: Actor) -> ColumnElement[bool]:
    if actor.group_id is None:
        return false()
    if actor.role is Role.DISPATCHER:
        no_reply = WAITS_FOR_OFFICE & Case.group_id.is_(None)
        return (Case.desk_id == actor.group_id) & ((Case.state == State.RECEIVED) | no_reply)
    own = (Case.group_id == actor.group_id) & ((Case.state != State.CLOSED) | WAITS_FOR_OFFICE)
    if actor.role is Role.LEAD:
        return own
    if actor.role is Role.MEMBER:
        return own & or_(Case.handler_id.is_(None), Case.handler_id == actor.account_id)
    return false()


def _new_for(actor: Actor, since: datetime) -> ColumnElement[bool]:
    if actor.role is Role.DISPATCHER:
        return (Case.desk_id == actor.group_id) & (Case.opened_at >= since)
    return (Case.group_id == actor.group_id) & (Case.dispatched_at >= since)


def _not_barred(person_id: UUID) -> ColumnElement[bool]:
    tied = select(Tie.unit_id).where(Tie.person_id == person_id, Tie.ended_at.is_(None))
    return and_(
        or_(Case.unit_id.is_(None), Case.unit_id.not_in(tied)),
        literal(person_id, Uuid()) != all_(Case.recused),
    )


def _part(session: Session, *clauses: ColumnElement[bool]) -> Part:
    count = session.scalar(select(func.count()).select_from(Case).where(*clauses)) or 0
    if not count:
        return Part(0, ())
    first = (
        select(Case.id, Case.number)
        .where(*clauses)
        .order_by(Case.next_due_sort, Case.id)
        .limit(NAMED)
    )
    return Part(count, [(case_id, number) for case_id, number in session.execute(first)])
