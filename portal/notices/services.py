"""Queueing notices in the transaction that gives cause for them."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from portal.access.kinds import Actor, Role
from portal.foundation.queue import enqueue
from portal.notices.kinds import DeliveryState, NoticeState
from portal.notices.models import Delivery, Notice
from portal.presets.kinds import NoticeTable


def queue_notices(
    session: Session,
    actor: Actor,
    event: str,
    table: NoticeTable,
    *,
    case_id: UUID | None,
    seq: int,
    now: datetime,
) -> None:
    """Queue what the preset's table says of this event; nothing is told if it rolls back.

    A reporter's act queues no job, since a job's row tells the minute: the periodic job finds
    its notices.
    """
    for rule in table.rules:
        if rule.event != str(event) or (rule.by and rule.by != str(actor.role)):
            continue
        not_before = now + timedelta(seconds=rule.delay_seconds)
        for receiver in rule.tell:
            notice_id = uuid4()
            session.execute(
                insert(Notice).values(
                    id=notice_id,
                    event_seq=seq,
                    case_id=case_id,
                    event=str(event),
                    receiver=str(receiver),
                    actor_account_id=actor.account_id,
                    not_before=not_before,
                    state=NoticeState.WAITING,
                )
            )
            if actor.role is not Role.REPORTER:
                enqueue(session, "spread_notice", not_before=not_before, notice_id=str(notice_id))


def cancel_notices(session: Session, case_id: UUID, event: str) -> None:
    """Cancel what waits to be told of this kind of event: it was taken back in time."""
    session.execute(
        update(Notice)
        .where(
            Notice.case_id == case_id,
            Notice.event == str(event),
            Notice.state == NoticeState.WAITING,
        )
        .values(state=NoticeState.CANCELLED)
    )


def queue_account_mail(
    session: Session, account_id: UUID, kind: str, *, generation: str, now: datetime
) -> UUID:
    """Queue a mail to an account's owner about the account; return the delivery's id.

    Neither row nor job holds the link: the job makes it when it sends, and sends nothing if the
    account is no longer of this `generation` (`web.identity.generation_mark`).
    """
    delivery = Delivery(
        id=uuid4(),
        kind=str(kind),
        account_id=account_id,
        state=DeliveryState.WAITING,
        attempts=0,
        created_at=now,
    )
    session.add(delivery)
    session.flush()  # the job names it
    enqueue(session, "send_account_mail", delivery_id=str(delivery.id), generation=generation)
    return delivery.id
