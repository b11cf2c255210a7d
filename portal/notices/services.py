"""Queueing notices in the transaction that gives cause for them, and seeing each mail out."""

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from nacl.secret import SecretBox
from sqlalchemy import ColumnElement, insert, not_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from portal.access.kinds import Actor, Role
from portal.foundation.clock import floored_to_hour
from portal.foundation.errors import NotFound
from portal.foundation.queue import enqueue
from portal.notices.kinds import AddressState, DeliveryState, LetterKind, NoticeState, Told
from portal.notices.lifecycle import CLAIM_LIFE, TRIES, UNSURE_AT_MOST, pause_after
from portal.notices.models import Delivery, Digest, Notice, Reminder, ReporterAddress
from portal.notices.queries import lost_deliveries, lost_notices
from portal.presets.kinds import NoticeRule, NoticeTable, Receiver

HOUR = timedelta(hours=1)
#: Each encrypted address is as long as the longest.
ADDRESS_BYTES = 640
#: So often a reporter's address is tried, once an hour, before it is erased.
HOURLY_TRIES = 24
HAS_NEWS = ReporterAddress.has_news


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

    A reporter's act queues no job, and its notices wait for the next full hour: neither a job's
    row nor a mail's arrival tells the minute. The periodic job finds them.
    """
    by_reporter = actor.role is Role.REPORTER
    start = floored_to_hour(now) + HOUR if by_reporter else now
    for rule in table.rules:
        if not _is_of(rule, event, actor):
            continue
        not_before = start + timedelta(seconds=rule.delay_seconds)
        for receiver in rule.tell:
            if receiver is Receiver.REPORTER:
                # They are told once an hour at most, and no row says of what: see `mark_news`.
                continue
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
            if not by_reporter:
                enqueue(session, "spread_notice", not_before=not_before, notice_id=str(notice_id))


def _is_of(rule: NoticeRule, event: str, actor: Actor) -> bool:
    return rule.event == str(event) and rule.by in ("", str(actor.role))


def tells_reporters(table: NoticeTable, event: str, actor: Actor) -> bool:
    """Say whether reporters who left an address hear of such an event."""
    return any(Receiver.REPORTER in one.tell and _is_of(one, event, actor) for one in table.rules)


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


def waiting_notice(session: Session, notice_id: UUID, *, now: datetime) -> Notice | None:
    """Lock a notice whose time has come, with those of the same event; None: nothing to do."""
    seq = select(Notice.event_seq).where(Notice.id == notice_id).scalar_subquery()
    rows = session.scalars(
        select(Notice)
        .where(Notice.event_seq == seq)
        .order_by(Notice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    notice = next((row for row in rows if row.id == notice_id), None)
    if notice is None or notice.state is not NoticeState.WAITING or notice.not_before > now:
        return None
    return notice


def postpone(notice: Notice, until: datetime) -> None:
    """Let a notice wait for the morning; the periodic job finds it then."""
    notice.not_before = until


def spread(
    session: Session, notice: Notice, told: Told, *, letter: LetterKind, now: datetime
) -> None:
    """Turn a notice into one delivery for each receiver; one event tells nobody twice."""
    known = select(Delivery.account_id).join(Notice, Notice.id == Delivery.notice_id)
    already = set(session.scalars(known.where(Notice.event_seq == notice.event_seq)))
    new = [account for account in told.accounts if account not in already]
    for account in new:
        _deliver(session, letter, now=now, notice_id=notice.id, account_id=account)
    if told.unit_id is not None:
        receiver: dict[str, Any] = {"unit_id": told.unit_id, "task_book_id": told.task_book_id}
        _deliver(session, letter, now=now, notice_id=notice.id, **receiver)
    if told.step_id is not None:
        _deliver(session, letter, now=now, notice_id=notice.id, step_id=told.step_id)
    reached = bool(told.accounts) or bool(told.unit_id or told.step_id) or told.all_excused
    notice.state = NoticeState.SPREAD if reached else NoticeState.NOBODY


def _deliver(
    session: Session,
    letter: LetterKind,
    *,
    now: datetime,
    not_before: datetime | None = None,
    **columns: Any,
) -> None:
    """Make a delivery, unless it was made already, and the job that sends it."""
    made = session.scalar(
        upsert(Delivery)
        .values(
            id=uuid4(),
            kind=str(letter),
            state=DeliveryState.WAITING,
            attempts=0,
            created_at=now,
            next_try_at=not_before,
            **columns,
        )
        .on_conflict_do_nothing()
        .returning(Delivery.id)
    )
    if made is not None:
        enqueue(session, "deliver", not_before=not_before, delivery_id=str(made))


def remind(
    session: Session,
    *,
    case_id: UUID,
    clock: str,
    subject: str,
    episode: int,
    at: datetime,
    told: Told,
    now: datetime,
    not_before: datetime | None,
) -> bool:
    """Remind of a due date, once for each moment; return whether it was the first time."""
    made = session.scalar(
        upsert(Reminder)
        .values(id=uuid4(), case_id=case_id, clock=clock, subject=subject, episode=episode, at=at)
        .on_conflict_do_nothing()
        .returning(Reminder.id)
    )
    if made is None:
        return False
    when: dict[str, Any] = {"now": now, "not_before": not_before}
    for account in told.accounts:
        _deliver(session, LetterKind.REMINDER, reminder_id=made, account_id=account, **when)
    if told.unit_id is not None:
        receiver: dict[str, Any] = {"unit_id": told.unit_id, "task_book_id": told.task_book_id}
        _deliver(session, LetterKind.UNIT_REMINDER, reminder_id=made, **receiver, **when)
    return True


def open_digests(session: Session, day: date, *, now: datetime) -> bool:
    """Begin the digests of a day; False: they were made already."""
    row = upsert(Digest).values(day=day, made_at=now).on_conflict_do_nothing()
    return session.scalar(row.returning(Digest.day)) is not None


def queue_digest(session: Session, day: date, account_id: UUID, *, now: datetime) -> None:
    """Queue a person's digest of a day."""
    _deliver(session, LetterKind.DIGEST, now=now, digest_day=day, account_id=account_id)


def claim(session: Session, delivery_id: UUID, *, job_id: int, now: datetime) -> Delivery | None:
    """Take a mail to send; None: it was sent, given up, or somebody else is at it.

    A claim whose end was never written belongs to a process that died: to this very job, taken up
    again, or to one long gone. That mail may have left; so many times and no more it is tried.
    """
    row = session.scalar(
        select(Delivery)
        .where(Delivery.id == delivery_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or row.state is not DeliveryState.WAITING:
        return None
    # A mail about an account has but this one job: were it not to send, nobody ever would.
    is_swept = row.notice_id or row.reminder_id or row.digest_day
    if is_swept and row.next_try_at is not None and row.next_try_at > now:
        return None
    if row.claimed_at is not None:
        if row.claimed_by != job_id and row.claimed_at > now - CLAIM_LIFE:
            return None
        row.unsure += 1
        if row.unsure >= UNSURE_AT_MOST:
            _give_up(row, "unknown")
            return None
    row.claimed_at, row.claimed_by = now, job_id
    return row


def delivered(session: Session, delivery_id: UUID, *, now: datetime) -> None:
    """Note that the mail server took the mail."""
    row = _own(session, delivery_id)
    row.state, row.sent_at, row.error = DeliveryState.SENT, now, None
    row.claimed_at = row.claimed_by = None


def not_delivered(
    session: Session, delivery_id: UUID, *, error: str, for_good: bool, now: datetime
) -> None:
    """Note that it did not; it is tried again after a growing pause, unless that is no use."""
    row = _own(session, delivery_id)
    row.attempts += 1
    if for_good or row.attempts >= TRIES:
        _give_up(row, error)
        return
    row.error, row.next_try_at = error, now + pause_after(row.attempts)
    row.claimed_at = row.claimed_by = None


def call_off(session: Session, delivery_id: UUID) -> None:
    """Cancel a mail: what it would have told is over."""
    row = _own(session, delivery_id)
    row.state = DeliveryState.CANCELLED
    row.claimed_at = row.claimed_by = None


def _own(session: Session, delivery_id: UUID) -> Delivery:
    return session.get_one(Delivery, delivery_id, with_for_update=True)


def _give_up(row: Delivery, error: str) -> None:
    row.state, row.error = DeliveryState.FAILED, error
    row.claimed_at = row.claimed_by = None


def take_up_lost(session: Session, *, now: datetime) -> int:
    """Queue what waits, is due and has no job; return how much it was.

    That is: notices of reporters' acts, what waited for the morning or for a next try, and
    whatever a killed process left behind.
    """
    notices = lost_notices(session, now=now)
    for notice_id in notices:
        enqueue(session, "spread_notice", notice_id=str(notice_id))
    mails = lost_deliveries(session, now=now)
    for delivery_id in mails:
        enqueue(session, "deliver", delivery_id=str(delivery_id))
    return len(notices) + len(mails)


def try_again(session: Session, delivery_id: UUID, *, now: datetime) -> None:
    """Send a mail that was given up once more, on an administrator's wish. Raises NotFound."""
    row = session.get(Delivery, delivery_id, with_for_update=True)
    if row is None:
        raise NotFound(delivery_id)
    if row.state is DeliveryState.FAILED:
        row.state, row.attempts, row.unsure, row.next_try_at = DeliveryState.WAITING, 0, 0, now
        enqueue(session, "deliver", delivery_id=str(row.id))


# Addresses that reporters left


def keep_address(
    session: Session, report_id: UUID, address: str, language: str, *, key: bytes
) -> None:
    """Keep where a reporter wishes to hear that there is something new; a new one replaces it."""
    told = json.dumps({"to": address, "language": language}, ensure_ascii=False).encode("utf-8")
    # Padded: the length of an address tells whose it may be.
    body = bytes(SecretBox(key).encrypt(told.ljust(ADDRESS_BYTES)))
    fresh = {"body": body, "state": AddressState.KEPT, "attempts": 0, "has_news": False}
    row = upsert(ReporterAddress).values(report_id=report_id, is_last=False, **fresh)
    session.execute(
        row.on_conflict_do_update(index_elements=[ReporterAddress.report_id], set_=fresh)
    )


def erase_address(session: Session, report_id: UUID, state: AddressState) -> None:
    """Erase an address for good; what waited to be told is not told."""
    _set(session, [report_id], body=None, state=state, has_news=False, is_last=False)


def mark_news(session: Session, report_ids: Collection[UUID]) -> None:
    """Let the reporters who left an address hear, within the hour, that there is something new."""
    _set(session, report_ids, has_news=True)


def erase_with_case(session: Session, report_ids: Collection[UUID]) -> None:
    """Erase the addresses of a case that is closed: at once, or once what waits has been told."""
    live = _kept(report_ids)
    session.execute(update(ReporterAddress).where(live, HAS_NEWS).values(is_last=True))
    gone = {"body": None, "state": AddressState.CLOSED}
    session.execute(update(ReporterAddress).where(live, not_(HAS_NEWS)).values(**gone))


def _kept(report_ids: Collection[UUID]) -> ColumnElement[bool]:
    return ReporterAddress.report_id.in_(report_ids) & ReporterAddress.body.is_not(None)


def _set(session: Session, report_ids: Collection[UUID], **values: Any) -> None:
    session.execute(update(ReporterAddress).where(_kept(report_ids)).values(**values))


def address_to_tell(session: Session, report_id: UUID, *, key: bytes) -> Mapping[str, str] | None:
    """Return `to` and `language` of somebody who waits to be told; None: no more."""
    row = session.get(ReporterAddress, report_id, populate_existing=True)
    if row is None or row.body is None or not row.has_news:
        return None
    found: dict[str, str] = json.loads(SecretBox(key).decrypt(row.body))
    return found


def reporter_told(session: Session, report_id: UUID, *, reached: bool) -> None:
    """Note whether a reporter was reached; with a closed case, or in vain for a day, the address
    is erased.
    """
    row = session.get(ReporterAddress, report_id, with_for_update=True)
    if row is None or row.body is None:
        return
    row.attempts = 0 if reached else row.attempts + 1
    row.has_news = not reached
    if row.is_last:
        erase_address(session, report_id, AddressState.CLOSED)
    elif row.attempts >= HOURLY_TRIES:
        erase_address(session, report_id, AddressState.UNREACHED)
