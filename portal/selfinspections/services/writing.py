"""What every change writes: its words, its event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.foundation.errors import NotAllowed
from portal.history.kinds import EventKind, TextKind
from portal.history.services import TextRef, keep_texts, new_text, record
from portal.selfinspections.kinds import Act


def keep_words(session: Session, said: Mapping[str, tuple[TextKind, str]]) -> dict[str, TextRef]:
    """Keep words by their keys; empty ones are left out. They belong to no case."""
    rows = {key: new_text(None, kind, body) for key, (kind, body) in said.items() if body.strip()}
    if rows:
        keep_texts(session, list(rows.values()))
    return {key: TextRef(row["id"], row["commitment"]) for key, row in rows.items()}


def tell(
    session: Session, actor: Actor, unit_id: UUID, act: Act, *, now: datetime, **more: Any
) -> int:
    """Record an act of a unit, or about it; codes and commitments, no words."""
    payload = {"unit": unit_id, "act": act, **more}
    return record(session, actor, EventKind.SELF_INSPECTION_CHANGED, at=now, payload=payload)


def own_unit(actor: Actor) -> UUID:
    """Return the unit for which the actor acts. Raises NotAllowed for somebody else."""
    if actor.unit_id is None or actor.person_id is None:
        raise NotAllowed("self_inspection.do")
    return actor.unit_id


def own_person(actor: Actor) -> UUID:
    """Return who acts at the unit."""
    assert actor.person_id is not None  # noqa: S101  `own_unit` was asked before
    return actor.person_id
