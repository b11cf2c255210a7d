"""What staff keep beside cases: saved views, and who has which case open. No history."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.cases import queries
from portal.cases.models import Presence, SavedView
from portal.foundation.errors import Incomplete, NotAllowed

NAME_MAX = 60


def save_view(
    session: Session, actor: Actor, name: str, query: Mapping[str, list[str]], *, now: datetime
) -> SavedView:
    """Keep a filter under a name; the same name again replaces it. Raises Incomplete."""
    if actor.account_id is None:
        raise NotAllowed
    name = name.strip()[:NAME_MAX]
    if not name:
        raise Incomplete("name", "view_name_missing")
    session.execute(
        delete(SavedView).where(SavedView.account_id == actor.account_id, SavedView.name == name)
    )
    view = SavedView(
        id=uuid4(), account_id=actor.account_id, name=name, query=dict(query), created_at=now
    )
    session.add(view)
    return view


def drop_view(session: Session, actor: Actor, view_id: UUID) -> None:
    """Forget a view of the actor's own; of others' nothing happens."""
    session.execute(
        delete(SavedView).where(SavedView.id == view_id, SavedView.account_id == actor.account_id)
    )


def mark_present(session: Session, actor: Actor, case_id: UUID, *, now: datetime) -> int:
    """Note that the actor has the case open, and return its version. Raises NotFound."""
    case = queries.case_of(session, actor, case_id)
    if actor.account_id is None:
        raise NotAllowed
    row = upsert(Presence).values(case_id=case.id, account_id=actor.account_id, seen_at=now)
    session.execute(
        row.on_conflict_do_update(
            index_elements=[Presence.case_id, Presence.account_id], set_={"seen_at": now}
        )
    )
    session.execute(delete(Presence).where(Presence.seen_at < now - queries.PRESENT_FOR * 30))
    return case.version
