"""From a delivery to the mail: address, language, sentences and links, no word of a case."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from flask import current_app
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.kinds import AccountMail
from portal.accounts.models import Account
from portal.accounts.queries import account
from portal.cases.queries.digest import Morning, Part, morning
from portal.cases.queries.ladder import address_of_step
from portal.cases.queries.receivers import still_due
from portal.cases.services import link_token
from portal.cases.services.telling import OF_INSIDE, OF_MONTHS
from portal.discipline.queries import step_of
from portal.discipline.services import step_token
from portal.history.kinds import EventKind
from portal.history.queries import one_event
from portal.integrations.mail import Letter
from portal.notices.kinds import SENTENCES, SUBJECTS, LetterKind
from portal.notices.models import Delivery
from portal.notices.queries import notice_of, reminder_of
from portal.presets.kinds import LESSON_EVENTS, Preset
from portal.presets.queries import in_force
from portal.selfinspections.queries import is_declared, waits_inside
from portal.taskbooks.models import TaskBook
from portal.units.queries import unit
from portal.web.identity import generation_mark
from portal.web.signin import account_link

ACCOUNT_SUBJECTS = {
    AccountMail.INVITATION: _l("Your account at the hazard portal"),
    AccountMail.RESET: _l("Set a new password"),
    AccountMail.PASSWORD_SET: _l("Your password was changed"),
}
ACCOUNT_SENTENCES = {
    AccountMail.INVITATION: _l(
        "There is an account for you at the hazard portal. Set your password here; the link works "
        "once, within a day:"
    ),
    AccountMail.RESET: _l(
        "Somebody, probably you, asked for a new password. Set it here; the link works once, "
        "within a day. If it was not you, leave this mail alone: nothing has changed."
    ),
    AccountMail.PASSWORD_SET: _l(
        "The password of your account at the hazard portal was set or changed. If it was not you, "
        "tell your administrator at once."
    ),
}

#: Where a mail about no case leads: the page, and the id's name in the event.
PLACES: Mapping[str, tuple[str, str]] = {
    EventKind.ALARM_RAISED: ("/staff/intake/alarms", "alarm"),
    EventKind.HELP_CHANGED: ("/staff/help", "help"),
    EventKind.INSIDE_WAITING: ("/unit/own/reports", "inside"),
    EventKind.INSIDE_LATE: ("/unit/own/reports", "inside"),
    **dict.fromkeys(LESSON_EVENTS, ("/staff/lessons", "lesson")),
}


def letter_for(session: Session, delivery: Delivery, *, now: datetime) -> Letter | None:
    """Return the mail of a delivery; None: what it would have told is over."""
    preset = in_force(session, now)
    reminder = reminder_of(session, delivery)
    if reminder is not None and not still_due(session, reminder):
        return None
    if delivery.task_book_id is not None:
        return _to_unit(session, delivery, delivery.task_book_id, preset)
    if delivery.step_id is not None:
        return _to_addressee(session, delivery, delivery.step_id, preset, now)
    if delivery.account_id is None:
        return None
    person = account(session, delivery.account_id)
    if not person.active:
        return None
    if _is_answered(session, delivery):
        return None
    month = _month_of(session, delivery)
    if month is not None and is_declared(session, *month):
        return None
    with force_locale(person.language):
        if month is not None:
            link = f"{_portal()}/unit/own/declarations"
            return _letter(LetterKind(delivery.kind), person.email, [link])
        if delivery.digest_day is not None:
            return _digest(session, person, delivery.digest_day, preset, now)
        place = _place_of(session, delivery)
        if place is not None:
            return _letter(LetterKind(delivery.kind), person.email, [f"{_portal()}{place}"])
        case_id = _case_of(session, delivery)
        return _letter(LetterKind(delivery.kind), person.email, [_case_link(case_id)])


def _case_of(session: Session, delivery: Delivery) -> UUID:
    cause = notice_of(session, delivery) or reminder_of(session, delivery)
    assert cause is not None  # noqa: S101  one of the two caused the mail
    assert cause.case_id is not None  # noqa: S101
    return cause.case_id


def _place_of(session: Session, delivery: Delivery) -> str | None:
    """Return the page of the alarm, help or lesson that a mail tells of; None: of a case."""
    cause = notice_of(session, delivery)
    if cause is None:
        return None
    found = PLACES.get(cause.event)
    if found is None:
        return None
    path, name = found
    return f"{path}/{one_event(session, cause.event_seq).payload[name]}"


def _month_of(session: Session, delivery: Delivery) -> tuple[UUID, date] | None:
    """Return the unit and month of which a mail reminds; None: it tells of something else."""
    cause = notice_of(session, delivery)
    if cause is None or cause.event not in OF_MONTHS:
        return None
    payload = one_event(session, cause.event_seq).payload
    return UUID(str(payload["unit"])), date.fromisoformat(str(payload["month"]))


def _is_answered(session: Session, delivery: Delivery) -> bool:
    """Say whether a mail tells of an inside report that the unit has seen to meanwhile."""
    cause = notice_of(session, delivery)
    if cause is None or cause.event not in OF_INSIDE:
        return False
    payload = one_event(session, cause.event_seq).payload
    return not waits_inside(session, UUID(str(payload["inside"])))


def _to_unit(session: Session, delivery: Delivery, book_id: UUID, preset: Preset) -> Letter | None:
    """Return the mail that holds a task book's link, unless the link was withdrawn meanwhile."""
    book = session.get_one(TaskBook, book_id)
    address = unit(session, book.unit_id).contact_email
    if book.token_hash is None or not address:
        return None
    with force_locale(preset.city.default_language):
        link = f"{_portal()}/unit/{link_token(book.id)}"
        return _letter(LetterKind(delivery.kind), address, [link])


def _to_addressee(
    session: Session, delivery: Delivery, step_id: UUID, preset: Preset, now: datetime
) -> Letter | None:
    """Return the mail with a step's link to whoever holds the post now, unless it was withdrawn."""
    step = step_of(session, step_id)
    address = address_of_step(session, step, now)
    if step.token_hash is None or not address:
        return None
    with force_locale(preset.city.default_language):
        link = f"{_portal()}/unit/steps/{step_token(step.id)}"
        return _letter(LetterKind(delivery.kind), address, [link])


def _digest(
    session: Session, person: Account, day: date, preset: Preset, now: datetime
) -> Letter | None:
    waiting = morning(session, person, preset, day=day, now=now)
    if not waiting:
        return None
    return _letter(LetterKind.DIGEST, person.email, [_lines(waiting), f"{_portal()}/staff"])


def _lines(waiting: Morning) -> str:
    """Return the kinds of case that wait, each with its numbers and links."""
    new, due, late = waiting.new.count, waiting.due.count, waiting.late.count
    left = waiting.left.count
    told = (
        (waiting.late, ngettext("%(num)s case is late", "%(num)s cases are late", late)),
        (
            waiting.due,
            ngettext(
                "%(num)s case is due within a working day",
                "%(num)s cases are due within a working day",
                due,
            ),
        ),
        (waiting.new, ngettext("%(num)s case is new", "%(num)s cases are new", new)),
        (
            waiting.left,
            ngettext(
                "%(num)s case was left behind: its handler has left the group. Name another.",
                "%(num)s cases were left behind: their handlers have left the group. Name others.",
                left,
            ),
        ),
    )
    return "\n\n".join(_part(part, str(words)) for part, words in told if part.count)


def _part(part: Part, words: str) -> str:
    return "\n".join([words, *(f"{number}  {_case_link(id_)}" for id_, number in part.cases)])


def account_letter(
    session: Session, delivery: Delivery, *, generation: str, now: datetime
) -> Letter | None:
    """Return a mail about an account; None if the account has moved on since it was queued."""
    person = account(session, delivery.account_id) if delivery.account_id else None
    if person is None or not person.active or generation_mark(person) != generation:
        return None
    kind = AccountMail(delivery.kind)
    with force_locale(person.language):
        parts = [str(ACCOUNT_SENTENCES[kind])]
        if kind is not AccountMail.PASSWORD_SET:
            parts.append(account_link(person))
        return Letter(person.email, str(ACCOUNT_SUBJECTS[kind]), "\n\n".join(parts) + "\n")


def reporter_letter(to: str, language: str) -> Letter:
    """Return the mail to a reporter who left an address: no code, no link, no word of a report."""
    with force_locale(language):
        subject, body = SUBJECTS[LetterKind.REPORTER], SENTENCES[LetterKind.REPORTER]
        return Letter(to=to, subject=str(subject), body=f"{body}\n")


def _letter(kind: LetterKind, to: str, parts: list[str]) -> Letter:
    foot = _("This mail holds nothing of the matter itself. Please don’t answer it.")
    body = "\n\n".join([str(SENTENCES[kind]), *parts, foot]) + "\n"
    return Letter(to=to, subject=str(SUBJECTS[kind]), body=body)


def _case_link(case_id: UUID) -> str:
    return f"{_portal()}/staff/cases/{case_id}"


def _portal() -> str:
    """Return the portal's own address, never one that a request named."""
    return str(current_app.config["PORTAL_SETTINGS"].public_url)
