"""A visit that a plan asks for: opens its case, in the hands of the group that goes."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor, Role
from portal.access.policy import require
from portal.accounts.queries import group, stays_in
from portal.cases.kinds import Source, State
from portal.cases.services.starting import Start, duty_desk, start_case
from portal.foundation.errors import NotAllowed, OutOfTurn
from portal.history.kinds import EventKind
from portal.inspections.services import begin
from portal.plans.queries import PlannedUnit, StandingPlan, plan, planned, published
from portal.plans.services import day_of, mark_begun
from portal.presets.checklists import in_force_checklists
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.units.queries import people_tied_to, unit

#: As which a visit of our own comes in.
KIND, CHANNEL = "hazard", "inspection"


def begin_visit(
    session: Session,
    actor: Actor,
    plan_id: UUID,
    unit_id: UUID,
    *,
    now: datetime,
    tell: bool = True,
) -> UUID:
    """Begin the visit of a planned unit and return its case; whoever of the group comes second is
    led to the same one.

    Nobody has to sort or dispatch what a group finds by itself, so the case begins in its hands.
    Raises NotFound, NotAllowed for whoever is not to go there, OutOfTurn before the first day and
    for who has a tie to the unit.
    """
    require(actor, Action.OPEN)
    preset, standing = in_force(session, now), plan(session, actor, plan_id)
    row = planned(session, plan_id, unit_id, lock=True)
    _check_turn(session, actor, standing, row, preset, now)
    if row.case_id is not None:
        return row.case_id
    case_id = _open(session, actor, standing, row, preset, now, tell=tell)
    checklist = in_force_checklists(session, now).get(standing.checklist)
    if checklist is not None and actor.person_id is not None:
        begin(session, case_id, checklist, by=actor.person_id, now=now)
    mark_begun(session, actor, row, case_id, now=now)
    return case_id


def may_go(actor: Actor, plan: StandingPlan, row: PlannedUnit) -> bool:
    """Say whether the actor is one of those who visit the unit: of the drawn people or their lead,
    else anybody of the group.
    """
    if actor.role not in (Role.MEMBER, Role.LEAD) or actor.group_id is None:
        return False
    if row.group_id != actor.group_id and (row.group_id or actor.group_id not in plan.group_ids):
        return False
    return not row.inspectors or actor.person_id in row.inspectors or actor.role is Role.LEAD


def _check_turn(
    session: Session,
    actor: Actor,
    standing: StandingPlan,
    row: PlannedUnit,
    preset: Preset,
    now: datetime,
) -> None:
    if not may_go(actor, standing, row) or published(session, standing.id) is None:
        raise NotAllowed(Action.OPEN)
    if actor.person_id in people_tied_to(session, row.unit_id):
        raise OutOfTurn("plan_tied")
    if day_of(preset, now) < standing.starts_on:
        raise OutOfTurn("plan_not_begun", {"day": standing.starts_on})
    here = actor.account_id
    if here is None or not stays_in(session, here, actor.group_id, on=day_of(preset, now)):
        raise NotAllowed(Action.OPEN)


def _open(
    session: Session,
    actor: Actor,
    standing: StandingPlan,
    row: PlannedUnit,
    preset: Preset,
    now: datetime,
    *,
    tell: bool,
) -> UUID:
    where, own = unit(session, row.unit_id), group(session, actor.group_id)
    start = Start(
        id=uuid4(),
        source=Source.INSPECTION,
        kind=KIND,
        channel=CHANNEL,
        jurisdiction=where.jurisdiction,
        township=where.township,
        sector=where.sector,
        unit_id=where.id,
        desk_id=duty_desk(session, preset, now),
        opened_at=now,
        summary=f"{standing.title}：{where.name}",
        state=State.IN_HAND,
        also={
            "group_id": actor.group_id,
            "handler_id": actor.account_id,
            "accepted_at": now,
            "signed_for_at": now,
            "ever_signed": True,
        },
    )
    facts = {"plan": standing.id, "in_hand": True, "group": own.code if own else None}
    start_case(session, actor, EventKind.OPENED, start, preset, now=now, facts=facts, tell=tell)
    return start.id
