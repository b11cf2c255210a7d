"""Who else has a case open, and what the actor just did to one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.accounts.queries import names_of_accounts
from portal.cases.models import Case, Presence
from portal.history.queries import Recorded, event_at

#: A page says every 15 seconds that it is open; after this time without a word it counts as shut.
PRESENT_FOR = timedelta(minutes=2)


def others_present(
    session: Session, actor: Actor, case_id: UUID, *, now: datetime
) -> list[tuple[str, datetime]]:
    """Return name and last sign of the others who have the case open, the latest first."""
    rows = session.execute(
        select(Presence.account_id, Presence.seen_at)
        .where(
            Presence.case_id == case_id,
            Presence.account_id != actor.account_id,
            Presence.seen_at > now - PRESENT_FOR,
        )
        .order_by(Presence.seen_at.desc())
    ).all()
    names = names_of_accounts(session, [row.account_id for row in rows])
    return [(names.get(row.account_id, ""), row.seen_at) for row in rows]


@dataclass(frozen=True, slots=True)
class OwnAct:
    """An event of the actor's own on a case that they may no longer see."""

    number: str
    event: Recorded


def own_act(session: Session, actor: Actor, case_id: UUID, version: int) -> OwnAct | None:
    """Return the event that gave the case this version if the actor's account made it."""
    if actor.account_id is None:
        return None
    event = event_at(session, case_id, version)
    if event is None or event.account_id != actor.account_id:
        return None
    number = session.scalar(select(Case.number).where(Case.id == case_id))
    return OwnAct(number or "", event)
