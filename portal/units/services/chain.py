"""Naming who answers for a unit; nothing that was written is changed."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.foundation.errors import NotFound
from portal.history.kinds import EventKind
from portal.history.services import record
from portal.units.lifecycle.chain import Named, check_named
from portal.units.models import ChainPost, Unit


def name_post(
    session: Session, actor: Actor, unit_id: UUID, given: Named, *, now: datetime
) -> ChainPost:
    """Write down which post answers from a day on, or that none does.

    Raises NotAllowed, NotFound, Incomplete naming the field. The event keeps link and days, no
    words: a telephone number in the history could never be erased.
    """
    require(actor, Action.MANAGE_UNITS)
    if session.get(Unit, unit_id) is None:
        raise NotFound(unit_id)
    named = replace(
        given, post=given.post.strip(), phone=given.phone.strip(), email=given.email.strip()
    )
    check_named(named)
    row = ChainPost(
        unit_id=unit_id,
        link=named.link,
        post=named.post,
        phone=named.phone if named.post else "",
        email=named.email if named.post else "",
        from_on=named.from_on,
        until_on=named.until_on,
        recorded_at=now,
        recorded_by=actor.account_id,
    )
    session.add(row)
    session.flush()  # its place in the order of writing
    record(
        session,
        actor,
        EventKind.UNIT_CHANGED,
        at=now,
        payload={
            "unit": unit_id,
            "act": "post_named" if named.post else "post_left_open",
            "link": named.link,
            "from": named.from_on.isoformat(),
            "until": named.until_on.isoformat() if named.until_on else None,
        },
    )
    return row
