"""What groups have open, overdue and done, as far as the reader can see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.cases.kinds import State
from portal.cases.models import Case
from portal.cases.queries.lists import DONE_WITHIN, MADE, handler_left
from portal.cases.visibility import visible_to

_NOW = bindparam("now", type_=Case.next_due_at.type)
_SINCE = bindparam("since", type_=Case.closed_at.type)


@dataclass(frozen=True, slots=True)
class Held:
    """Numbers of the cases that a group handles or a desk holds; `done`: of the last 30 days;
    `left`: open ones whose handler can act in the group no more.
    """

    open: int = 0
    late: int = 0
    done: int = 0
    left: int = 0


def held_by_groups(
    session: Session, actor: Actor, *, today: date, now: datetime
) -> Mapping[UUID, Held]:
    """Return for each group what of its cases the actor can see, by one statement.

    Each number is the length of the list that opens behind it.
    """
    rows = session.execute(_held(actor, today), {"now": now, "since": now - DONE_WITHIN})
    return {group_id: Held(*numbers) for group_id, *numbers in rows}


@lru_cache(MADE)
def _held(actor: Actor, today: date) -> Select[*tuple[Any, ...]]:
    holder = func.coalesce(Case.group_id, Case.desk_id)
    is_open = Case.state != State.CLOSED
    is_done = (Case.state == State.CLOSED) & (Case.closed_at >= _SINCE)
    return (
        select(
            holder,
            func.count().filter(is_open),
            func.count().filter(is_open, Case.next_due_at < _NOW),
            func.count().filter(is_done),
            func.count().filter(is_open, handler_left(today)),
        )
        .where(visible_to(actor), or_(is_open, is_done))
        .group_by(holder)
    )
