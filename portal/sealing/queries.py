"""What is sealed and to whom."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.foundation.errors import NotFound
from portal.sealing.envelope import Custodian, can_seal_with
from portal.sealing.models import CustodianKey, SealedItem, SealedKind


def keys(session: Session) -> list[CustodianKey]:
    """Return all keys, the retired ones too, oldest first."""
    order = CustodianKey.created_at, CustodianKey.id
    return list(session.scalars(select(CustodianKey).order_by(*order)))


def live_keys(session: Session) -> list[Custodian]:
    """Return the keys that new envelopes are sealed to, oldest first."""
    live = select(CustodianKey).where(CustodianKey.retired_at.is_(None))
    rows = session.scalars(live.order_by(CustodianKey.created_at, CustodianKey.id))
    return [Custodian(row.id, row.public_key) for row in rows]


def can_seal(session: Session) -> bool:
    """Say whether contact details may be asked for and originals kept: two live keys exist."""
    return can_seal_with(live_keys(session))


def sealed_item(session: Session, item_id: UUID) -> SealedItem:
    """Return one sealed item. Raises NotFound."""
    item = session.get(SealedItem, item_id)
    if item is None:
        raise NotFound
    return item


def has_contact(session: Session, context: UUID) -> bool:
    """Say whether this report came with contact details; what they are, nobody here can tell."""
    of_report = SealedItem.context == context, SealedItem.kind == SealedKind.CONTACT
    return session.scalar(select(SealedItem.id).where(*of_report).limit(1)) is not None
