"""Units take part, declare their months, and are reminded of them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import literal
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from portal.access.kinds import SYSTEM, Action, Actor
from portal.access.policy import require
from portal.accounts.models import Account
from portal.accounts.services import invite_to_unit
from portal.clocks.days import add_months, days_of
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.history.kinds import EventKind, TextKind
from portal.history.services import record
from portal.notices.services import queue_notices
from portal.presets.kinds import Preset
from portal.selfinspections import queries
from portal.selfinspections.kinds import Act, Signer
from portal.selfinspections.lifecycle import due_on, latest_late, month_of, signer_of
from portal.selfinspections.models import Declaration, DeclarationReminder, SelfSchedule
from portal.selfinspections.services.hazards import wait_for_unit
from portal.selfinspections.services.writing import keep_words, own_person, own_unit, tell
from portal.units.queries import unit as unit_of

#: What is declared: that nothing was found, or what was.
NIL, FINDS = "nil", "finds"
#: So many units are reminded in one unit of work.
REMINDED_AT_ONCE = 500


def invite(
    session: Session,
    actor: Actor,
    unit_id: UUID,
    preset: Preset,
    *,
    name: str,
    post: str,
    email: str,
    now: datetime,
) -> Account:
    """Give somebody at a unit an account; with the first one the unit takes part.

    Raises NotAllowed, NotFound, Incomplete naming the field.
    """
    require(actor, Action.INVITE_UNITS)
    unit_of(session, unit_id)
    today = now.astimezone(preset.limits.zone).date()
    account = invite_to_unit(
        session,
        actor,
        unit_id,
        name=name,
        post=post,
        email=email,
        language=preset.city.default_language,
        today=today,
        now=now,
    )
    enrol(session, actor, unit_id, from_on=month_of(today), now=now)
    return account


def enrol(session: Session, actor: Actor, unit_id: UUID, *, from_on: date, now: datetime) -> None:
    """Let a unit take part from a day on; one that does already goes on from its own day."""
    made = session.scalar(
        upsert(SelfSchedule)
        .values(unit_id=unit_id, from_on=from_on, enrolled_at=now, enrolled_by=actor.account_id)
        .on_conflict_do_nothing()
        .returning(SelfSchedule.unit_id)
    )
    if made is not None:
        tell(session, actor, unit_id, Act.ENROLLED, now=now, from_on=from_on)


def declare(
    session: Session,
    actor: Actor,
    month: date,
    preset: Preset,
    *,
    kind: str,
    name: str,
    post: str,
    is_confirmed: bool,
    now: datetime,
) -> Declaration:
    """Declare a month, signed with name and post. It is never changed.

    A return of nothing found signed by a post that no longer answers for the unit is refused; what
    else the chain says of whoever signs is kept with it. Raises NotAllowed, OutOfTurn for a month
    that is not over, not owed or declared already, Incomplete naming the field.
    """
    require(actor, Action.DECLARE)
    unit_id = own_unit(actor)
    wait_for_unit(session, unit_id)
    today = now.astimezone(preset.limits.zone).date()
    if add_months(month, 1) > today:
        raise OutOfTurn("month_not_over")
    if not queries.owes(session, unit_id, month, preset):
        raise OutOfTurn("month_not_owed")
    if session.get(Declaration, (unit_id, month)) is not None:
        raise OutOfTurn("month_declared")
    found, right = queries.counted_in(session, unit_id, month, preset)
    _check(kind, found, name, post, is_confirmed)
    signer = signer_of(name, post, queries.named_principals(session, unit_id, now=now), today)
    if kind == NIL and signer is Signer.LEFT:
        raise Incomplete("post", "signer_left")
    return _signed(session, actor, unit_id, month, preset, now, found, right, signer, name, post)


def _check(kind: str, found: int, name: str, post: str, is_confirmed: bool) -> None:
    if kind not in (NIL, FINDS):
        raise Incomplete("kind", "kind_missing")
    if kind == NIL and found:
        raise Incomplete("kind", "nil_with_finds")
    if kind == FINDS and not found:
        raise Incomplete("kind", "finds_without")
    if not name.strip():
        raise Incomplete("name", "signer_missing")
    if not post.strip():
        raise Incomplete("post", "signer_missing")
    if not is_confirmed:
        raise Incomplete("confirmed", "confirm_missing")


def _signed(
    session: Session,
    actor: Actor,
    unit_id: UUID,
    month: date,
    preset: Preset,
    now: datetime,
    found: int,
    right: int,
    signer: Signer,
    name: str,
    post: str,
) -> Declaration:
    last = due_on(month, preset.self_inspection, preset.calendar)
    texts = keep_words(session, {"who": (TextKind.WHO, f"{name.strip()}\n{post.strip()}")})
    row = Declaration(
        unit_id=unit_id,
        month=month,
        id=uuid4(),
        is_nil=found == 0,
        found_count=found,
        right_count=right,
        due_on=last,
        is_late=now.astimezone(preset.limits.zone).date() > last,
        who_text_id=texts["who"].id,
        signer=signer,
        signed_at=now,
        signed_by=own_person(actor),
    )
    session.add(row)
    session.flush()
    payload: dict[str, Any] = {"unit": unit_id, "month": month, "declaration": row.id}
    payload |= {"nil": row.is_nil, "found": found, "right": right, "late": row.is_late}
    payload |= {"signer": signer, "texts": texts}
    record(session, actor, EventKind.DECLARED, at=now, payload=payload)
    return row


def remind_of_declarations(session: Session, preset: Preset, *, now: datetime) -> int:
    """Remind units whose month is due soon, and tell those that are late; each once.

    Not on rest days. Returns how many were told; with as many as are told at once there may be
    more.
    """
    rules, today = preset.self_inspection, now.astimezone(preset.limits.zone).date()
    if not days_of(preset.calendar).is_working(today):
        return 0
    count = 0
    late = latest_late(today, rules, preset.calendar)
    near = add_months(month_of(today), -1)
    is_near = near != late and (due_on(near, rules, preset.calendar) - today).days <= (
        rules.remind_days
    )
    for month, is_late in ((near, False), (late, True)):
        if is_late or is_near:
            told = queries.untold(session, month, is_late, preset, limit=REMINDED_AT_ONCE)
            count += _remind(session, preset, told, month, is_late=is_late, now=now)
    return count


def _remind(
    session: Session,
    preset: Preset,
    units: Sequence[UUID],
    month: date,
    *,
    is_late: bool,
    now: datetime,
) -> int:
    kind = EventKind.DECLARATION_LATE if is_late else EventKind.DECLARATION_NEAR
    count = 0
    for unit_id in units:
        made = session.scalar(
            upsert(DeclarationReminder)
            .values(unit_id=unit_id, month=month, is_late=is_late, at=now)
            .on_conflict_do_nothing()
            .returning(literal(1))
        )
        if made is None:
            continue
        payload = {"unit": unit_id, "month": month}
        seq = record(session, SYSTEM, kind, at=now, payload=payload)
        queue_notices(session, SYSTEM, kind, preset.notices, case_id=None, seq=seq, now=now)
        count += 1
    return count
