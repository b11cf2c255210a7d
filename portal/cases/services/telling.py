"""Telling people of cases: notices to their receivers, reminders, the morning's digest."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.kinds import Role
from portal.accounts.models import Account, Membership
from portal.accounts.queries import holds_on
from portal.cases.models import Case, ClockReading
from portal.cases.queries.clocks import clocks_of
from portal.cases.queries.digest import morning
from portal.cases.queries.lesson_receivers import told_of_lesson
from portal.cases.queries.receivers import (
    is_red,
    told_by,
    told_of_alarm,
    told_of_due,
    told_of_help,
    told_of_month,
)
from portal.clocks.days import days_of, instant
from portal.clocks.due import is_by_day, latest_before
from portal.clocks.reading import Reading
from portal.clocks.reminders import reminders
from portal.history.kinds import EventKind
from portal.notices.kinds import LetterKind, Told
from portal.notices.lifecycle import quiet_until
from portal.notices.models import Notice
from portal.notices.queries import reminded
from portal.notices.services import (
    open_digests,
    postpone,
    queue_digest,
    remind,
    spread,
    waiting_notice,
)
from portal.presets.kinds import LESSON_EVENTS, Preset, Receiver
from portal.presets.queries import in_force

#: What was to be reminded of longer ago is not any more: the morning's digest names it.
LOOK_BACK = timedelta(days=1)
#: No limit's reminder lies further before its date than this, holidays and all.
LOOK_AHEAD = timedelta(days=40)
MASS_EVENT = LetterKind.MASS_EVENT
#: Events of no case that people at a unit are told of.
OF_MONTHS = frozenset({EventKind.DECLARATION_NEAR, EventKind.DECLARATION_LATE})
#: Events of no case: who is told, and by which letter.
OF_INSIDE = frozenset({EventKind.INSIDE_WAITING, EventKind.INSIDE_LATE})
APART: Mapping[str, tuple[Callable[..., Told], LetterKind]] = {
    EventKind.HELP_CHANGED: (told_of_help, LetterKind.HELP),
    **dict.fromkeys(LESSON_EVENTS, (told_of_lesson, LetterKind.LESSON)),
    **dict.fromkeys(OF_MONTHS, (told_of_month, LetterKind.DECLARATION)),
    **dict.fromkeys(OF_INSIDE, (told_of_month, LetterKind.INSIDE)),
}
DIGESTED = (Role.DISPATCHER, Role.MEMBER, Role.LEAD)


def spread_notice(session: Session, notice_id: UUID, *, now: datetime) -> None:
    """Turn a notice into a mail for each of its receivers; in quiet hours it waits, but for red.

    Safe to run twice: a notice that is not waiting any more is left alone.
    """
    notice = waiting_notice(session, notice_id, now=now)
    if notice is None:
        return
    if notice.event in APART:
        _spread_apart(session, notice, now)
        return
    if notice.case_id is None:
        # Of a mass event, which no quiet hours keep back: it is told like a red case.
        on = now.astimezone(in_force(session, now).limits.zone).date()
        spread(session, notice, told_of_alarm(session, notice, on=on), letter=MASS_EVENT, now=now)
        return
    case, preset = session.get_one(Case, notice.case_id), in_force(session, now)
    until = _quiet(case, preset, now)
    if until is not None:
        postpone(notice, until)
        return
    told = told_by(session, notice, case, on=now.astimezone(preset.limits.zone).date())
    letter = LetterKind.CASE
    if notice.receiver == Receiver.UNIT:
        letter = LetterKind.TASK_BOOK
    elif notice.receiver == Receiver.ADDRESSEE:
        letter = LetterKind.STEP
    elif notice.event == EventKind.TAKEN_BACK:
        letter = LetterKind.TAKEN_BACK
    spread(session, notice, told, letter=letter, now=now)


def _spread_apart(session: Session, notice: Notice, now: datetime) -> None:
    preset = in_force(session, now)
    until = quiet_until(preset.notices, preset.limits.zone, now)
    if until is not None:
        postpone(notice, until)
        return
    tellers, letter = APART[notice.event]
    told = tellers(session, notice, on=now.astimezone(preset.limits.zone).date())
    spread(session, notice, told, letter=letter, now=now)


def _quiet(case: Case, preset: Preset, now: datetime) -> datetime | None:
    if is_red(case):
        return None
    return quiet_until(preset.notices, preset.limits.zone, now)


def remind_of_due(session: Session, *, now: datetime) -> int:
    """Remind of due dates that are near or have come; return of how many moments.

    Each moment once. Of several that passed meanwhile only the last is told. Reads the cached
    clocks to find the cases and then the clocks themselves.
    """
    preset = in_force(session, now)
    found = _candidates(session, preset, now)
    by_case: dict[UUID, set[tuple[Any, ...]]] = {}
    for case_id, clock, subject, episode in found:
        by_case.setdefault(case_id, set()).add((clock, subject, episode))
    known = reminded(session, list(by_case))
    count = 0
    for case_id, wanted in by_case.items():
        case = session.get_one(Case, case_id)
        for reading in clocks_of(session, case, preset, as_of=now):
            if (reading.kind, reading.subject, reading.episode) in wanted:
                count += _remind_of(session, case, reading, preset, known, now)
    return count


def _candidates(session: Session, preset: Preset, now: datetime) -> list[tuple[Any, ...]]:
    """Return the running clocks with a moment that has just come: case, clock, subject, episode."""
    running = ClockReading.stopped_at.is_(None) & ClockReading.due_at.between(
        now - LOOK_BACK, now + LOOK_AHEAD
    )
    dues = session.scalars(select(ClockReading.due_at).where(running).distinct())
    near = [due for due in dues if due is not None and _has_come(_moments(due, preset), now)]
    rows = session.execute(
        select(ClockReading.case_id, ClockReading.clock, ClockReading.subject, ClockReading.episode)
        .where(ClockReading.stopped_at.is_(None), ClockReading.due_at.in_(near))
        .order_by(ClockReading.due_at, ClockReading.case_id)
    )
    return [tuple(row) for row in rows]


def _moments(due: datetime, preset: Preset) -> list[datetime]:
    """Return the moments of a due date by itself; many clocks share one."""
    limit = preset.limits.limits.get("remind")
    if limit is None:
        return [due]
    # What ends at 24:00 is, as an instant, on the next day already.
    before = latest_before(due - timedelta(microseconds=1), limit, preset.calendar, preset.limits)
    if not is_by_day(limit.unit):
        return [before.due_at, due]
    opens = preset.limits.working_hours[0][0]
    return [instant(before.last_day, opens, preset.limits.zone), due]


def _has_come(moments: Iterable[datetime], now: datetime) -> bool:
    return any(now - LOOK_BACK < moment <= now for moment in moments)


def _remind_of(
    session: Session,
    case: Case,
    reading: Reading,
    preset: Preset,
    known: set[tuple[Any, ...]],
    now: datetime,
) -> int:
    what = (case.id, reading.kind, reading.subject, reading.episode)
    due = [
        at
        for _reading, at in reminders(reading, preset.limits, preset.calendar)
        if now - LOOK_BACK < at <= now and (*what, at) not in known
    ]
    if not due:
        return 0
    today = now.astimezone(preset.limits.zone).date()
    told = told_of_due(session, case, reading.kind, reading.subject, on=today)
    count = 0
    for at in due:
        count += remind(
            session,
            case_id=case.id,
            clock=reading.kind,
            subject=reading.subject,
            episode=reading.episode,
            at=at,
            told=told if at == due[-1] else Told(),
            now=now,
            not_before=_quiet(case, preset, now),
        )
    return count


def make_digests(session: Session, *, now: datetime) -> int:
    """On a working morning, queue a digest for everybody for whom something waits; once a day."""
    preset = in_force(session, now)
    local = now.astimezone(preset.limits.zone)
    day, table = local.date(), preset.notices
    if local.time() < table.digest_at or not days_of(preset.calendar).is_working(day):
        return 0
    if quiet_until(table, preset.limits.zone, now) or not open_digests(session, day, now=now):
        return 0
    accounts = session.scalars(
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.role.in_(DIGESTED), holds_on(day), Account.active)
        .order_by(Account.id)
    ).all()
    count = 0
    for account in dict.fromkeys(accounts):
        if morning(session, account, preset, day=day, now=now):
            queue_digest(session, day, account.id, now=now)
            count += 1
    return count
