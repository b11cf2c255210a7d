"""The one press of a dispatcher that accepts a report and sends it to a group."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.cases import queries
from portal.cases.kinds import Priority
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.cases.services.road import move_locked
from portal.foundation.errors import Incomplete, Stale
from portal.presets.queries import in_force


def accept_and_dispatch(
    session: Session,
    actor: Actor,
    accept: c.Accept,
    *,
    shown_group_id: UUID | None,
    group_id: UUID | None = None,
    priority: Priority,
    suspected_major: bool,
    reason: str = "",
    now: datetime,
) -> Case:
    """Carry out both moves, or neither, and return the case; two events, one moment.

    Without `group_id` it goes where the rules send it with what was settled; if that is no longer
    `shown_group_id`, the group on the button, Incomplete says so. What was accepted before is
    only dispatched. Raises as `move_case`.
    """
    case = queries.case_of(session, actor, accept.case_id, lock=True)
    if accept.seen != case.version:
        raise Stale(accept.seen, case.version)
    if case.accepted_at is None:
        move_locked(session, actor, case, accept, now=now, last=False)
    if group_id is None:
        group_id = queries.proposed_group(session, case, in_force(session, now), now=now)
        if group_id != shown_group_id:
            raise Incomplete("category", "proposal_changed")
    dispatch = c.Dispatch(
        case_id=case.id,
        seen=case.version,
        group_id=group_id,
        priority=priority,
        suspected_major=suspected_major,
        reason=reason,
    )
    return move_locked(session, actor, case, dispatch, now=now)
