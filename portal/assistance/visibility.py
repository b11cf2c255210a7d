"""Who may know of help: as the page, so lists, counts and files."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, true

from portal.access.kinds import Action, Actor, GroupKind, Role
from portal.access.policy import may_somewhere
from portal.assistance.models import Assistance


def readable(actor: Actor, barred: Collection[UUID]) -> ColumnElement[bool]:
    """Return the clause that keeps the help of which an actor may know; `barred`: units to which
    they have a tie.
    """
    if not may_somewhere(actor, Action.READ_HELP):
        return false()
    if actor.role in (Role.DIRECTOR, Role.AUDITOR):
        return true()
    own = Assistance.group_id == actor.group_id if actor.group_id else false()
    watched: ColumnElement[bool] = false()
    if actor.group_kind is GroupKind.SUPERVISION and actor.jurisdiction:
        watched = Assistance.jurisdiction == actor.jurisdiction
    free: ColumnElement[bool] = true()
    if barred:
        free = or_(Assistance.unit_id.is_(None), Assistance.unit_id.not_in(list(barred)))
    return and_(or_(own, watched), free)
