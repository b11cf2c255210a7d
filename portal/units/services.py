"""Changing units and ties."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.foundation.errors import Incomplete
from portal.history.kinds import EventKind
from portal.history.services import record
from portal.units.models import Tie, Unit


@dataclass(frozen=True, kw_only=True)
class UnitFields:
    """What is known of a unit; only the name must be."""

    name: str
    address: str = ""
    jurisdiction: str | None = None
    sector: str | None = None
    contact_name: str = ""
    contact_email: str | None = None
    contact_phone: str | None = None


def add_unit(session: Session, actor: Actor, fields: UnitFields, *, now: datetime) -> Unit:
    """Add a unit to the register. Raises Incomplete without a name."""
    if not fields.name.strip():
        raise Incomplete("unit_name", "unit_name_missing")
    unit = Unit(
        id=uuid4(),
        name=fields.name.strip(),
        address=fields.address.strip(),
        jurisdiction=fields.jurisdiction,
        sector=fields.sector,
        contact_name=fields.contact_name.strip(),
        contact_email=(fields.contact_email or "").strip() or None,
        contact_phone=(fields.contact_phone or "").strip() or None,
        created_at=now,
    )
    session.add(unit)
    session.flush()  # the case that names it has a foreign key
    record(
        session, actor, EventKind.UNIT_CHANGED, at=now, payload={"unit": unit.id, "act": "added"}
    )
    return unit


def declare_tie(
    session: Session, actor: Actor, *, person_id: UUID, unit_id: UUID, kind: str, now: datetime
) -> Tie:
    """Declare that a person has a tie to a unit; from now on it blocks handling there."""
    assert actor.account_id is not None  # noqa: S101  pages with this service need a sign-in
    tie = Tie(
        id=uuid4(),
        person_id=person_id,
        unit_id=unit_id,
        kind=kind,
        declared_by=actor.account_id,
        declared_at=now,
    )
    session.add(tie)
    record(
        session,
        actor,
        EventKind.PEOPLE_CHANGED,
        at=now,
        payload={"act": "tie_declared", "person": person_id, "unit": unit_id, "tie": kind},
    )
    return tie
