"""Reading units and ties."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    String,
    Uuid,
    any_,
    bindparam,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
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


def unit_ids(
    session: Session, *, sector: str = "", place: str = "", size: str = "", colour: str = ""
) -> Sequence[UUID]:
    """Return the ids of all units of the register that fit; empty words ask nothing.

    `place` is a district or a township.
    """
    wanted = select(Unit.id)
    if sector:
        wanted = wanted.where(Unit.sector == sector)
    if place:
        wanted = wanted.where(or_(Unit.jurisdiction == place, Unit.township == place))
    if size:
        wanted = wanted.where(Unit.size == size)
    if colour:
        wanted = wanted.where(Unit.risk_colour == colour)
    return session.scalars(wanted).all()


def units_called(session: Session, line: str) -> Sequence[UUID]:
    """Return the units with exactly this name or registration code, at most two."""
    is_called = or_(Unit.name == line, Unit.registration_code == line.upper())
    return session.scalars(select(Unit.id).where(is_called).order_by(Unit.id).limit(2)).all()


def units_of(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Unit]:
    """Return units by their ids."""
    found = session.scalars(select(Unit).where(Unit.id.in_(ids))) if ids else ()
    return {unit.id: unit for unit in found}


def names_of_units(session: Session, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return the names of units by their ids; quick for very many."""
    rows = session.execute(select(Unit.id, Unit.name).where(Unit.id == any_(array_of(ids))))
    return {unit_id: name for unit_id, name in rows}


def array_of(ids: Collection[UUID]) -> Any:
    """Return ids as one value: an IN list of 100,000 is slow to make and to read."""
    return literal(list(ids), ARRAY(Uuid))


def ties_among(
    session: Session, units: Collection[UUID], people: Collection[UUID]
) -> list[tuple[UUID, UUID]]:
    """Return the ties that hold at present between some units and some people."""
    rows = session.execute(
        select(Tie.unit_id, Tie.person_id).where(Tie.person_id.in_(people), Tie.ended_at.is_(None))
    )
    wanted = set(units)
    return sorted((unit, person) for unit, person in rows if unit in wanted)
