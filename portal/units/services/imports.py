"""Units come in from a file, in batches, safe to run twice."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from sqlalchemy import insert, select, tuple_
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.history.kinds import EventKind
from portal.history.services import new_event, record_many
from portal.units.lifecycle.fields import UnitFields
from portal.units.lifecycle.table import Reject
from portal.units.models import Unit, UnitImport
from portal.units.services.register import new_row, wait_for_others

#: Name and address: what names a unit that has no code.
Place = tuple[str, str]


@dataclass
class Tally:
    """What came of a file so far."""

    new: int = 0
    known: int = 0
    rejects: list[Reject] = field(default_factory=list)


def import_units(
    session: Session, actor: Actor, rows: Sequence[UnitFields], *, now: datetime
) -> int:
    """Add the units of a batch that the register does not hold; return how many were new.

    One is held if its registration code is, or else its name and address: it is passed over, so
    that a broken run is simply run again and no file overwrites what people have written.
    `rows` are tidy and checked. Raises NotAllowed.
    """
    require(actor, Action.IMPORT_UNITS)
    if not rows:
        return 0
    wait_for_others(session)
    codes, places = _held(session, rows)
    made = []
    for row in rows:
        place = (row.name, row.address)
        if row.registration_code in codes or place in places:
            continue
        made.append(new_row(row, now=now))
        places.add(place)
        if row.registration_code:
            codes.add(row.registration_code)
    if made:
        session.execute(insert(Unit), made)
        record_many(
            session,
            [
                new_event(
                    actor,
                    EventKind.UNIT_CHANGED,
                    at=now,
                    payload={"unit": row["id"], "act": "imported"},
                )
                for row in made
            ],
        )
    return len(made)


def _held(session: Session, rows: Sequence[UnitFields]) -> tuple[set[str], set[Place]]:
    """Return those codes and places of the rows that the register holds already."""
    wanted = {row.registration_code for row in rows if row.registration_code}
    codes = session.scalars(
        select(Unit.registration_code).where(Unit.registration_code.in_(wanted))
    )
    places = session.execute(
        select(Unit.name, Unit.address).where(
            tuple_(Unit.name, Unit.address).in_({(row.name, row.address) for row in rows})
        )
    )
    return {code for code in codes if code}, {(name, address) for name, address in places}


def keep_import(
    session: Session, actor: Actor, tally: Tally, left_out: Sequence[str], *, now: datetime
) -> UnitImport:
    """Keep what came of a file, so that its page can be opened again. Raises NotAllowed."""
    require(actor, Action.IMPORT_UNITS)
    kept = UnitImport(
        id=uuid4(),
        imported_at=now,
        account_id=actor.account_id,
        new_count=tally.new,
        known_count=tally.known,
        rejected=[[one.line, one.field, one.reason] for one in tally.rejects],
        left_out=list(left_out),
    )
    session.add(kept)
    session.flush()  # its address holds its id
    return kept
