"""Reading the outbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, bindparam, func, or_, select
from sqlalchemy.orm import Session

from portal.foundation.queue import has_no_live_job
from portal.notices.kinds import AddressState, DeliveryState, NoticeState
from portal.notices.lifecycle import CLAIM_LIFE, SHOWN_FROM
from portal.notices.models import Delivery, Notice, Reminder, ReporterAddress

#: Taken up in one go by the periodic job; the next minute brings the rest.
AT_ONCE = 500
#: A notice or mail that is due and still here after so long is shown.
STUCK_AFTER = timedelta(minutes=15)
_CAUSES = (
    Delivery.notice_id.is_not(None),
    Delivery.reminder_id.is_not(None),
    Delivery.digest_day.is_not(None),
)
# Made once: each minute asks them.
_NOW = bindparam("now", type_=DateTime(timezone=True))
_LOST_NOTICES = (
    select(Notice.id)
    .where(
        Notice.state == NoticeState.WAITING,
        Notice.not_before <= _NOW,
        has_no_live_job("spread_notice", "notice_id", Notice.id),
    )
    .order_by(Notice.not_before, Notice.id)
    .limit(AT_ONCE)
)
_DEAD = bindparam("dead", type_=DateTime(timezone=True))
_LOST_DELIVERIES = (
    select(Delivery.id)
    .where(
        Delivery.state == DeliveryState.WAITING,
        or_(Delivery.next_try_at.is_(None), Delivery.next_try_at <= _NOW),
        or_(Delivery.claimed_at.is_(None), Delivery.claimed_at <= _DEAD),
        or_(*_CAUSES),
        has_no_live_job("deliver", "delivery_id", Delivery.id),
    )
    .order_by(Delivery.created_at, Delivery.id)
    .limit(AT_ONCE)
)


def delivery_counts(session: Session) -> Mapping[DeliveryState, int]:
    """Return how many mails wait, were sent and were given up."""
    rows = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
    found = {DeliveryState(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in DeliveryState}


def lost_notices(session: Session, *, now: datetime) -> Sequence[UUID]:
    """Return the notices whose time has come and that no job is about to spread."""
    return session.scalars(_LOST_NOTICES, {"now": now}).all()


def lost_deliveries(session: Session, *, now: datetime) -> Sequence[UUID]:
    """Return the mails that are due and that no job is about to send.

    Mails about an account itself have a job of their own, which alone can make their link.
    """
    return session.scalars(_LOST_DELIVERIES, {"now": now, "dead": now - CLAIM_LIFE}).all()


def notice_of(session: Session, delivery: Delivery) -> Notice | None:
    """Return the notice that caused a delivery."""
    return session.get(Notice, delivery.notice_id) if delivery.notice_id else None


def reminder_of(session: Session, delivery: Delivery) -> Reminder | None:
    """Return the reminder that caused a delivery."""
    return session.get(Reminder, delivery.reminder_id) if delivery.reminder_id else None


def reminded(session: Session, case_ids: Sequence[UUID]) -> set[tuple[Any, ...]]:
    """Return the moments at which cases were reminded of: case, clock, subject, episode, at."""
    rows = session.execute(
        select(
            Reminder.case_id, Reminder.clock, Reminder.subject, Reminder.episode, Reminder.at
        ).where(Reminder.case_id.in_(case_ids))
    )
    return {tuple(row) for row in rows}


def told_of(session: Session, event_seq: int) -> set[UUID]:
    """Return the accounts to which an event was told, or is being told."""
    rows = session.scalars(
        select(Delivery.account_id)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(Notice.event_seq == event_seq, Delivery.state != DeliveryState.CANCELLED)
    )
    return {account_id for account_id in rows if account_id is not None}


def reporters_to_tell(session: Session) -> Sequence[UUID]:
    """Return the reports whose reporters left an address and wait to hear of something new.

    In no order that would tell which news was first.
    """
    waits = ReporterAddress.has_news & ReporterAddress.body.is_not(None)
    return session.scalars(
        select(ReporterAddress.report_id).where(waits).order_by(ReporterAddress.report_id)
    ).all()


def reporter_address(session: Session, report_id: UUID) -> AddressState | None:
    """Return what became of the address that a reporter left; None: none was left."""
    row = session.get(ReporterAddress, report_id)
    return row.state if row is not None else None


@dataclass(frozen=True, slots=True)
class Failure:
    """A mail that does not get through, or a notice that reaches nobody; for the administrator."""

    delivery_id: UUID | None
    kind: str
    account_id: UUID | None
    unit_id: UUID | None
    case_id: UUID | None
    attempts: int
    since: datetime
    #: The server's code, the kind of fault, `nobody` or `stuck`.
    error: str
    given_up: bool


def failures(session: Session, *, now: datetime, limit: int = 100) -> list[Failure]:
    """Return what does not get through, the newest first: given up, failing, stuck, to nobody."""
    stuck = func.coalesce(Delivery.next_try_at, Delivery.created_at) < now - STUCK_AFTER
    mails = session.execute(
        select(Delivery, Notice.case_id, Reminder.case_id)
        .outerjoin(Notice, Notice.id == Delivery.notice_id)
        .outerjoin(Reminder, Reminder.id == Delivery.reminder_id)
        .where(
            or_(
                Delivery.state == DeliveryState.FAILED,
                (Delivery.state == DeliveryState.WAITING)
                & or_(Delivery.attempts >= SHOWN_FROM, stuck),
            )
        )
        .order_by(Delivery.created_at.desc(), Delivery.id)
        .limit(limit)
    )
    found = [
        Failure(
            delivery_id=mail.id,
            kind=mail.kind,
            account_id=mail.account_id,
            unit_id=mail.unit_id,
            case_id=told_case or reminded_case,
            attempts=mail.attempts,
            since=mail.created_at,
            error=mail.error or "stuck",
            given_up=mail.state is DeliveryState.FAILED,
        )
        for mail, told_case, reminded_case in mails
    ]
    notices = session.scalars(
        select(Notice)
        .where(
            or_(
                Notice.state == NoticeState.NOBODY,
                (Notice.state == NoticeState.WAITING) & (Notice.not_before < now - STUCK_AFTER),
            )
        )
        .order_by(Notice.not_before.desc(), Notice.id)
        .limit(limit)
    )
    found += [
        Failure(
            delivery_id=None,
            kind=notice.event,
            account_id=None,
            unit_id=None,
            case_id=notice.case_id,
            attempts=0,
            since=notice.not_before,
            error="nobody" if notice.state is NoticeState.NOBODY else "stuck",
            given_up=notice.state is NoticeState.NOBODY,
        )
        for notice in notices
    ]
    return sorted(found, key=lambda failure: failure.since, reverse=True)[:limit]
