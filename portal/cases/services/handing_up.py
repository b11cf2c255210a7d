"""A hazard that a unit found itself becomes a case: where it is major, or the unit asks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.cases.kinds import Source
from portal.cases.services.starting import Start, duty_desk, start_case
from portal.foundation.errors import OutOfTurn
from portal.history.kinds import EventKind
from portal.history.queries import words
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.selfinspections import services as own
from portal.selfinspections.services import Found
from portal.units.queries import unit

#: As which a unit's own hazard comes in.
KIND, CHANNEL = "hazard", "self_inspection"


def enter_own_hazard(
    session: Session,
    actor: Actor,
    preset: Preset,
    *,
    said: str,
    category: str,
    major: bool,
    now: datetime,
    tell: bool = True,
) -> UUID:
    """Enter a hazard that a unit found; a major one becomes a case in the same change.

    Raises NotAllowed, Incomplete naming the field.
    """
    found = own.enter_hazard(
        session, actor, preset, words=said, category=category, major=major, now=now
    )
    if found.major:
        hand_up(session, actor, found.id, now=now, tell=tell)
    return found.id


def finish_own(
    session: Session,
    actor: Actor,
    inspection_id: UUID,
    preset: Preset,
    *,
    seen: int,
    statement: str,
    category: str,
    photos: Mapping[UUID, Sequence[object]],
    now: datetime,
    tell: bool = True,
) -> list[Found]:
    """Finish a self-inspection; what it found of major hazards becomes cases. See `finish`."""
    given: dict[str, Any] = {"statement": statement, "category": category, "photos": photos}
    found = own.finish(session, actor, inspection_id, preset, seen=seen, now=now, **given)
    for one in found:
        if one.major:
            hand_up(session, actor, one.id, now=now, tell=tell)
    return found


def hand_up(
    session: Session, actor: Actor, hazard_id: UUID, *, now: datetime, tell: bool = True
) -> UUID:
    """Make a case of an own hazard and return it: it waits at the desk like a report.

    Raises NotAllowed, NotFound, OutOfTurn if it was handed up or put right already.
    """
    require(actor, Action.HAND_UP)
    row = own.own_hazard(session, actor, hazard_id)
    if row.case_id is not None:
        raise OutOfTurn("self_handed_already")
    if row.put_right_at is not None:
        raise OutOfTurn("self_right_already")
    preset, where = in_force(session, now), unit(session, row.unit_id)
    said = words(session, [row.text_id]).get(row.text_id) or ""
    category = preset.taxonomy.categories.get(row.category)
    start = Start(
        id=uuid4(),
        source=Source.SELF_INSPECTION,
        kind=KIND,
        channel=CHANNEL,
        jurisdiction=where.jurisdiction,
        township=where.township,
        category=row.category,
        sector=category.sector if category else where.sector,
        unit_id=where.id,
        desk_id=duty_desk(session, preset, now),
        opened_at=now,
        summary=f"{where.name}：{said}",
        also={"suspected_major": row.major},
    )
    facts = {"self_hazard": row.id, "major": row.major}
    start_case(session, actor, EventKind.OPENED, start, preset, now=now, facts=facts, tell=tell)
    own.mark_handed_up(session, actor, row, start.id, now=now)
    return start.id
