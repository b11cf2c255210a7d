"""Ties between people and units."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.foundation.errors import Incomplete, NotFound
from portal.history.kinds import EventKind
from portal.history.services import record
from portal.units.kinds import TIE_KINDS
from portal.units.models import Tie, Unit


def declare_tie(
    session: Session, actor: Actor, *, person_id: UUID, unit_id: UUID, kind: str, now: datetime
) -> Tie:
    """Declare that a person has a tie to a unit; from now on it blocks handling there.

    One that had ended holds again. Raises NotFound without such a unit, NotAllowed for somebody
    else's tie unless the actor manages people, Incomplete for a tie that holds or an unknown kind.
    """
    assert actor.account_id is not None  # noqa: S101  pages with this service need a sign-in
    if person_id != actor.person_id:
        require(actor, Action.MANAGE_PEOPLE)
    if session.get(Unit, unit_id) is None:
        raise NotFound(unit_id)
    if kind not in TIE_KINDS:
        raise Incomplete("kind", "tie_kind")
    tie = session.scalar(
        select(Tie).where(Tie.person_id == person_id, Tie.unit_id == unit_id).with_for_update()
    )
    if tie is None:
        tie = Tie(id=uuid4(), person_id=person_id, unit_id=unit_id)
        session.add(tie)
    elif tie.ended_at is None:
        raise Incomplete("unit_id", "tie_held")
    tie.kind, tie.declared_by, tie.declared_at, tie.ended_at = kind, actor.account_id, now, None
    session.flush()  # two at once meet here, not at the commit
    record(
        session,
        actor,
        EventKind.PEOPLE_CHANGED,
        at=now,
        payload={"act": "tie_declared", "person": person_id, "unit": unit_id, "tie": kind},
    )
    return tie


def end_tie(session: Session, actor: Actor, tie_id: UUID, *, now: datetime) -> Tie:
    """End a tie: handling there is open again. Raises NotAllowed for who does not manage people.

    Whoever has the tie cannot end it: that would open the door which the tie closes.
    """
    require(actor, Action.MANAGE_PEOPLE)
    tie = session.get(Tie, tie_id, with_for_update=True)
    if tie is None or tie.ended_at is not None:
        raise NotFound(tie_id)
    tie.ended_at = now
    record(
        session,
        actor,
        EventKind.PEOPLE_CHANGED,
        at=now,
        payload={"act": "tie_ended", "person": tie.person_id, "unit": tie.unit_id},
    )
    return tie
