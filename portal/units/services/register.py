"""Adding a unit to the register and changing it."""

from dataclasses import asdict
from datetime import datetime
from secrets import token_hex
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.foundation.errors import Incomplete, NotFound, Stale
from portal.history.kinds import EventKind
from portal.history.services import record
from portal.presets.kinds import Preset
from portal.units.lifecycle.fields import UnitFields, changed, check, search_grams, tidy
from portal.units.models import Unit
from portal.units.queries import fields_of

#: Who adds to the register or gives a code waits here for who does it at the same time: what is
#: in it already is looked up, and must not come in between.
LOCK = 7_220_613


def add_unit(session: Session, actor: Actor, given: UnitFields, *, now: datetime) -> Unit:
    """Add the unit that a move names. Raises Incomplete without a name, or for no mail address."""
    found = tidy(given)
    check(found)
    unit = Unit(**new_row(found, now=now))
    session.add(unit)
    session.flush()  # the case that names it has a foreign key
    record(
        session, actor, EventKind.UNIT_CHANGED, at=now, payload={"unit": unit.id, "act": "added"}
    )
    return unit


def register_unit(
    session: Session, actor: Actor, given: UnitFields, preset: Preset, *, now: datetime
) -> Unit:
    """Add a unit to the register by its own page.

    Raises NotAllowed, and Incomplete for a field that cannot stand or a unit that is there.
    """
    require(actor, Action.MANAGE_UNITS)
    found = tidy(given)
    check(found, preset.taxonomy)
    wait_for_others(session)
    _refuse_taken_code(session, found.registration_code)
    same = select(Unit.id).where(Unit.name == found.name, Unit.address == found.address)
    if session.scalar(same.limit(1)):
        raise Incomplete("name", "unit_known")
    return add_unit(session, actor, found, now=now)


def edit_unit(
    session: Session,
    actor: Actor,
    unit_id: UUID,
    given: UnitFields,
    preset: Preset,
    *,
    seen: int,
    now: datetime,
) -> Unit:
    """Change a unit. `seen` is the version that the person had before them.

    Raises NotAllowed, NotFound, Stale if somebody was faster, Incomplete naming the field. The
    history keeps which fields changed, and of the colour from what to what; no words.
    """
    require(actor, Action.MANAGE_UNITS)
    found = tidy(given)
    wait_for_others(session)
    unit = session.get(Unit, unit_id, with_for_update=True, populate_existing=True)
    if unit is None:
        raise NotFound(unit_id)
    if unit.version != seen:
        raise Stale(seen, unit.version)
    check(found, preset.taxonomy)
    before = fields_of(unit)
    differing = changed(before, found)
    if not differing:
        return unit
    if "registration_code" in differing:
        _refuse_taken_code(session, found.registration_code)
    for name in differing:
        setattr(unit, name, getattr(found, name))
    payload: dict[str, Any] = {"unit": unit.id, "act": "edited", "fields": differing}
    if "risk_colour" in differing:
        unit.risk_since = now if found.risk_colour else None
        payload["colour"] = {"from": before.risk_colour, "to": found.risk_colour}
    unit.grams = search_grams(found)
    unit.version += 1
    record(session, actor, EventKind.UNIT_CHANGED, at=now, payload=payload)
    return unit


def new_row(found: UnitFields, *, now: datetime) -> dict[str, Any]:
    """Return the columns of a new unit with tidy fields."""
    return {
        **asdict(found),
        "id": uuid4(),
        "version": 1,
        "risk_since": now if found.risk_colour else None,
        "report_token": token_hex(16),
        "grams": search_grams(found),
        "created_at": now,
    }


def wait_for_others(session: Session) -> None:
    """Wait for who is adding to the register, until this unit of work ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def _refuse_taken_code(session: Session, code: str | None) -> None:
    if code and session.scalar(select(Unit.id).where(Unit.registration_code == code)):
        raise Incomplete("registration_code", "unit_code_taken")
