"""From a delivery to the mail: address, language, sentences and links, no word of a case."""

from datetime import date, datetime
from uuid import UUID

from flask import current_app
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.accounts.queries import account
from portal.cases.models import Case
from portal.cases.queries.digest import Morning, Part, morning
from portal.cases.queries.receivers import still_due
from portal.cases.services import link_token
from portal.integrations.mail import Letter
from portal.notices.kinds import SENTENCES, SUBJECTS, LetterKind
from portal.notices.models import Delivery
from portal.notices.queries import notice_of, reminder_of
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.taskbooks.models import TaskBook
from portal.units.queries import unit


def letter_for(session: Session, delivery: Delivery, *, now: datetime) -> Letter | None:
    """Return the mail of a delivery; None: what it would have told is over."""
    preset = in_force(session, now)
    reminder = reminder_of(session, delivery)
    if reminder is not None and not still_due(session, reminder):
        return None
    if delivery.task_book_id is not None:
        return _to_unit(session, delivery, delivery.task_book_id, preset)
    if delivery.account_id is None:
        return None
    person = account(session, delivery.account_id)
    if not person.active:
        return None
    with force_locale(person.language):
        if delivery.digest_day is not None:
            return _digest(session, person, delivery.digest_day, preset, now)
        case_id = _case_of(session, delivery)
        return _letter(LetterKind(delivery.kind), person.email, [_case_link(case_id)])


def _case_of(session: Session, delivery: Delivery) -> UUID:
    notice, reminder = notice_of(session, delivery), reminder_of(session, delivery)
    case_id = notice.case_id if notice is not None else None
    if reminder is not None:
        case_id = reminder.case_id
    return session.get_one(Case, case_id).id


def _to_unit(session: Session, delivery: Delivery, book_id: UUID, preset: Preset) -> Letter | None:
    """Return the mail that holds a task book's link, unless the link was withdrawn meanwhile."""
    book = session.get_one(TaskBook, book_id)
    address = unit(session, book.unit_id).contact_email
    if book.token_hash is None or not address:
        return None
    with force_locale(preset.city.default_language):
        link = f"{_portal()}/unit/{link_token(book.id)}"
        return _letter(LetterKind(delivery.kind), address, [link])


def _digest(
    session: Session, person: Account, day: date, preset: Preset, now: datetime
) -> Letter | None:
    waiting = morning(session, person, preset, day=day, now=now)
    if not waiting:
        return None
    return _letter(LetterKind.DIGEST, person.email, [_lines(waiting), f"{_portal()}/staff"])


def _lines(waiting: Morning) -> str:
    """Return the three kinds of case that wait, each with its numbers and links."""
    new, due, late = waiting.new.count, waiting.due.count, waiting.late.count
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
    )
    return "\n\n".join(_part(part, str(words)) for part, words in told if part.count)


def _part(part: Part, words: str) -> str:
    return "\n".join([words, *(f"{number}  {_case_link(id_)}" for id_, number in part.cases)])


def _letter(kind: LetterKind, to: str, parts: list[str]) -> Letter:
    foot = _("This mail holds nothing of the matter itself. Please don’t answer it.")
    body = "\n\n".join([str(SENTENCES[kind]), *parts, foot]) + "\n"
    return Letter(to=to, subject=str(SUBJECTS[kind]), body=body)


def _case_link(case_id: UUID) -> str:
    return f"{_portal()}/staff/cases/{case_id}"


def _portal() -> str:
    """Return the portal's own address, never one that a request named."""
    return str(current_app.config["PORTAL_SETTINGS"].public_url)
