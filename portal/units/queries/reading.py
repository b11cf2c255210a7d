"""Reading units and ties."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    String,
    Uuid,
    bindparam,
    literal,
    select,
)
from sqlalchemy.orm import Session

from portal.foundation.errors import NotFound
from portal.foundation.grams import query_grams
from portal.units.lifecycle.fields import UnitFields
from portal.units.models import Tie, Unit, UnitImport

_PATTERN = bindparam("pattern", type_=String)
_GRAMS = bindparam("grams", type_=Unit.grams.type)
_TIED = select(Tie.person_id).where(
    Tie.unit_id == bindparam("unit", type_=Uuid), Tie.ended_at.is_(None)
)


def unit(session: Session, unit_id: UUID) -> Unit:
    """Return the unit. Raises NotFound."""
    found = session.get(Unit, unit_id)
    if found is None:
        raise NotFound(unit_id)
    return found


def fields_of(unit: Unit) -> UnitFields:
    """Return what is known of a unit, as its form takes it."""
    return UnitFields(**{field.name: getattr(unit, field.name) for field in fields(UnitFields)})


def import_of(session: Session, import_id: UUID) -> UnitImport:
    """Return a file of units that was taken in. Raises NotFound."""
    found = session.get(UnitImport, import_id)
    if found is None:
        raise NotFound(import_id)
    return found


def unit_exists(session: Session, unit_id: UUID) -> bool:
    """Say whether there is a unit with this id."""
    return session.scalar(select(Unit.id).where(Unit.id == unit_id)) is not None


def unit_by_token(session: Session, token: str) -> Unit | None:
    """Return the unit in whose QR code the token stands, if there is one."""
    if not token.isascii() or not token.isalnum():
        return None
    return session.scalar(select(Unit).where(Unit.report_token == token))


def units_like(session: Session, words: str, *, limit: int = 10) -> Sequence[Unit]:
    """Return units whose name or address holds `words`, by name."""
    grams = literal(query_grams(words), Unit.grams.type)
    wanted = select(Unit).where(_holds(pattern_of(words), grams)).order_by(Unit.name, Unit.id)
    return session.scalars(wanted.limit(limit)).all()


def ids_like(limit: int) -> Select[UUID]:
    """Return the question for the ids of `units_like`, for use within another.

    It leaves `pattern` open, which `pattern_of` gives, and `grams`: the words' `query_grams`.
    """
    wanted = select(Unit.id).where(_holds(_PATTERN, _GRAMS))
    return wanted.order_by(Unit.name, Unit.id).limit(limit)


def pattern_of(words: str) -> str:
    """Return what ILIKE takes for "holds these words"."""
    return "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _holds(pattern: str | BindParameter[str], grams: Any) -> ColumnElement[bool]:
    # The grams are looked up in an index, the words compared with the few that hold them.
    return Unit.grams.contains(grams) & (Unit.name.ilike(pattern) | Unit.address.ilike(pattern))


def people_tied_to(session: Session, unit_id: UUID) -> frozenset[UUID]:
    """Return the people with a tie to the unit that holds at present."""
    return frozenset(session.scalars(_TIED, {"unit": unit_id}))


def tied_units(session: Session, person_id: UUID | None) -> frozenset[UUID]:
    """Return the units to which a person has a tie that holds at present."""
    wanted = select(Tie.unit_id).where(Tie.person_id == person_id, Tie.ended_at.is_(None))
    return frozenset(session.scalars(wanted)) if person_id else frozenset()


def ties_of(session: Session, person_id: UUID) -> Sequence[tuple[Tie, Unit]]:
    """Return a person's ties that hold at present, with their units."""
    rows = session.execute(
        select(Tie, Unit)
        .join(Unit, Unit.id == Tie.unit_id)
        .where(Tie.person_id == person_id, Tie.ended_at.is_(None))
        .order_by(Unit.name)
    )
    return [(tie, unit) for tie, unit in rows]
