"""What a unit reads through its link: fields of the task book, and nothing from any report.

Each value below is named here, one by one: a new column of a table never reaches the page by
itself.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.kinds import Actor, Role
from portal.accounts.queries import GroupFacts, live_groups
from portal.attachments.kinds import Purpose
from portal.attachments.models import Attachment
from portal.attachments.queries import attachment, of_things
from portal.cases.kinds import State
from portal.cases.lifecycle.closing import why_not_object
from portal.cases.lifecycle.extending import why_not_ask
from portal.cases.lifecycle.facts import Facts
from portal.cases.lifecycle.gate import offers
from portal.cases.models import Case, Extension, Objection
from portal.cases.queries.clocks import clocks_of
from portal.cases.queries.facts import case_of, facts_of
from portal.clocks.reading import INTERIM, ITEM, Reading
from portal.clocks.timeleft import TimeLeft, time_left
from portal.foundation import secrets
from portal.foundation.errors import NotFound
from portal.history.queries import words
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.taskbooks.kinds import ItemState
from portal.taskbooks.models import Review, TaskBook, TaskItem
from portal.units.queries import unit

CHECK_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that the unit itself gave."""

    id: UUID
    position: int
    is_shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """A check that the item did not pass: what is missing, and until when the unit has."""

    opinion: str
    reviewed_at: datetime
    new_due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check of an item, passed or not, without the name of whoever checked."""

    passed: bool
    on_site: bool
    opinion: str
    reviewed_at: datetime
    new_due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreTime:
    """A request of the unit for more time, and what was decided."""

    reason: str
    plan: str
    wanted_on: date | None
    asked_at: datetime
    #: None until it is decided.
    granted: bool | None
    granted_on: date | None
    ruling: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookItem:
    id: UUID
    number: int
    task: str
    responsible: str
    evidence: str
    #: The rule that demands it; "" where none was cited.
    basis: str
    #: Of a major hazard; "" otherwise.
    funds: str
    contingency: str
    interim: str
    #: By when the protection must stand; None where its clock does not run.
    interim_due: datetime | None
    interim_left: TimeLeft | None
    interim_at: datetime | None
    interim_by: str
    interim_said: str
    due_on: date
    state: ItemState
    #: None where its clock does not run.
    left: TimeLeft | None
    reported_at: datetime | None
    reported_by: str
    statement: str
    passed_at: datetime | None
    files: Sequence[File]
    fails: Sequence[Fail]
    #: All checks, oldest first.
    checks: Sequence[Check]
    asked_time: Sequence[MoreTime]
    #: The last day for which the unit can ask; None: it can't, for the coded reason beside it.
    ask_until: date | None
    why_not_ask: str
    #: The unit can say that this task is wrong.
    can_object: bool
    #: Changes with whatever the unit has to look at again before it reports.
    stamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    #: None: with the book as a whole.
    item_id: UUID | None
    body: str
    objected_at: datetime
    #: None until it is decided.
    upheld: bool | None
    ruling: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookPage:
    id: UUID
    case_id: UUID
    #: For the command that the unit gives next; never shown: it would tell what others do.
    case_version: int
    number: str
    unit: str
    group: GroupFacts | None
    issued_at: datetime
    signed_at: datetime | None
    signed_by: str
    items: Sequence[BookItem]
    objections: Sequence[Disagreement]
    can_sign: bool
    can_report: bool
    can_protect: bool
    #: To the book as a whole, and to any task of it.
    can_object: bool
    can_object_to: bool
    can_ask: bool
    is_closed: bool
    #: False after the link was revoked.
    has_link: bool
    #: Digits that change with number, tasks and dates: a paper with others is not this one.
    check_code: str

    def item(self, item_id: UUID) -> BookItem:
        """Return an item of this book. Raises NotFound."""
        found = next((item for item in self.items if item.id == item_id), None)
        if found is None:
            raise NotFound(item_id)
        return found

    def objections_to(self, item_id: UUID | None) -> Sequence[Disagreement]:
        """Return what the unit said against a task, or (None) against the book as a whole."""
        return [one for one in self.objections if one.item_id == item_id]

    @property
    def rounds(self) -> int:
        """How often any of its items was checked; 0: there is no opinion yet."""
        return sum(len(item.checks) for item in self.items)

    @property
    def first_due(self) -> BookItem | None:
        """The open item that is due first."""
        waiting = [item for item in self.items if item.state is ItemState.WITH_UNIT]
        return min(waiting, key=lambda item: (item.due_on, item.number), default=None)


def unit_behind(session: Session, token: str, *, now: datetime) -> Actor:
    """Return the unit that a link's token stands for.

    Raises NotFound alike for one that never was, was revoked, or died so many days after closing.
    """
    digest = hashlib.sha256(token.encode()).digest()
    row = session.execute(
        select(TaskBook.id, Case.closed_at)
        .join(Case, Case.id == TaskBook.case_id)
        .where(TaskBook.token_hash == digest)
    ).one_or_none()
    days = in_force(session, now).city.settings.unit_link_days
    if row is None or (row.closed_at and row.closed_at + timedelta(days=days) <= now):
        raise NotFound("link")
    return Actor(role=Role.UNIT, task_book_id=row.id)


def book_page(session: Session, actor: Actor, book_id: UUID, *, now: datetime) -> BookPage:
    """Return the page of a task book for anybody who can see its case. Raises NotFound."""
    book = session.get(TaskBook, book_id)
    if book is None or (actor.role is Role.UNIT and actor.task_book_id != book_id):
        raise NotFound(book_id)
    case = case_of(session, actor, book.case_id)
    preset = in_force(session, now)
    sees = Actor(role=Role.UNIT, task_book_id=book.id)
    clocks = clocks_of(session, case, preset, as_of=now)
    facts = facts_of(session, case, sees, now=now, clocks=clocks)
    items = _items(session, book, facts, clocks, preset)
    can = {offer.move.name for offer in offers(sees, facts) if offer.is_open}
    said = words(session, [book.signed_by_text_id] if book.signed_by_text_id else [])
    name = unit(session, book.unit_id).name
    has_link, is_open = book.token_hash is not None, case.state is not State.CLOSED
    return BookPage(
        id=book.id,
        case_id=case.id,
        case_version=case.version,
        number=book.number,
        unit=name,
        group=live_groups(session, on=facts.today).get(case.group_id) if case.group_id else None,
        issued_at=book.issued_at,
        signed_at=book.signed_at,
        signed_by=_who(said, book.signed_by_text_id),
        items=items,
        objections=_objections(session, book),
        can_sign=has_link and book.signed_at is None and "sign_task_book" in can,
        can_report=has_link and "report_item_done" in can,
        can_protect=has_link and "report_interim" in can,
        can_ask=has_link and "ask_extension" in can,
        can_object=has_link and "object" in can and why_not_object(facts, None) is None,
        can_object_to=has_link and "object" in can,
        is_closed=not is_open,
        has_link=has_link,
        check_code=check_code(book.number, name, items),
    )


def _items(
    session: Session,
    book: TaskBook,
    facts: Facts,
    readings: Sequence[Reading],
    preset: Preset,
) -> list[BookItem]:
    rows = session.scalars(
        select(TaskItem).where(TaskItem.task_book_id == book.id).order_by(TaskItem.number)
    ).all()
    ids = [row.id for row in rows]
    reviews = session.scalars(
        select(Review).where(Review.item_id.in_(ids)).order_by(Review.reviewed_at, Review.id)
    ).all()
    asked = session.scalars(
        select(Extension)
        .where(Extension.item_id.in_(ids))
        .order_by(Extension.asked_at, Extension.id)
    ).all()
    texts = [text for row in rows for text in _texts(row)] + [
        review.opinion_text_id for review in reviews
    ]
    for one in asked:
        texts += filter(None, (one.reason_text_id, one.plan_text_id, one.ruling_text_id))
    said = words(session, texts)
    files = of_things(session, ids)
    clocks = {
        reading.subject: reading for reading in readings if reading.kind == ITEM and reading.is_open
    }
    protection = {
        reading.subject: reading
        for reading in readings
        if reading.kind == INTERIM and reading.is_open
    }
    return [
        BookItem(
            id=row.id,
            number=row.number,
            task=said.get(row.text_id) or "",
            responsible=said.get(row.responsible_text_id) or "",
            evidence=_text(said, row.evidence_text_id),
            basis=_text(said, row.basis_text_id),
            funds=_text(said, row.funds_text_id),
            contingency=_text(said, row.contingency_text_id),
            interim=_text(said, row.interim_text_id),
            interim_due=_due(protection.get(str(row.id))),
            interim_left=_left(protection.get(str(row.id)), preset, facts.read_at),
            interim_at=row.interim_at,
            interim_by=_who(said, row.interim_by_text_id),
            interim_said=_text(said, row.interim_said_text_id),
            due_on=row.due_on,
            state=row.state,
            left=_left(clocks.get(str(row.id)), preset, facts.read_at),
            reported_at=row.reported_at,
            reported_by=_who(said, row.reported_by_text_id) if row.reported_at else "",
            statement=_statement(said, row),
            passed_at=row.passed_at,
            files=[_file(file) for file in files[row.id] if file.purpose is Purpose.ITEM],
            fails=[
                Fail(
                    opinion=said.get(fail.opinion_text_id) or "",
                    reviewed_at=fail.reviewed_at,
                    new_due_on=fail.new_due_on,
                )
                for fail in reviews
                if fail.item_id == row.id and not fail.passed
            ],
            checks=[_check(one, said) for one in reviews if one.item_id == row.id],
            asked_time=[_more_time(one, said) for one in asked if one.item_id == row.id],
            ask_until=_ask_until(facts, row.id),
            why_not_ask=lack.reason if (lack := why_not_ask(facts, row.id)) else "",
            can_object=why_not_object(facts, row.id) is None,
            stamp=_stamp(row),
        )
        for row in rows
    ]


def _check(row: Review, said: Mapping[UUID, str | None]) -> Check:
    return Check(
        passed=row.passed,
        on_site=row.on_site,
        opinion=said.get(row.opinion_text_id) or "",
        reviewed_at=row.reviewed_at,
        new_due_on=row.new_due_on,
    )


def _more_time(row: Extension, said: Mapping[UUID, str | None]) -> MoreTime:
    return MoreTime(
        reason=said.get(row.reason_text_id) or "",
        plan=said.get(row.plan_text_id) or "",
        wanted_on=row.wanted_on,
        asked_at=row.asked_at,
        granted=row.granted,
        granted_on=row.granted_on,
        ruling=(said.get(row.ruling_text_id) or "") if row.ruling_text_id else "",
    )


def _ask_until(facts: Facts, item_id: UUID) -> date | None:
    stretch = facts.stretches.get(str(item_id))
    return stretch.latest if stretch and why_not_ask(facts, item_id) is None else None


def _texts(row: TaskItem) -> list[UUID]:
    named = (
        row.text_id,
        row.responsible_text_id,
        row.evidence_text_id,
        row.reported_by_text_id,
        row.statement_text_id,
        row.basis_text_id,
        row.funds_text_id,
        row.contingency_text_id,
        row.interim_text_id,
        row.interim_by_text_id,
        row.interim_said_text_id,
    )
    return [text_id for text_id in named if text_id is not None]


def _due(reading: Reading | None) -> datetime | None:
    return reading.due_at if reading else None


def _text(said: Mapping[UUID, str | None], text_id: UUID | None) -> str:
    return (said.get(text_id) or "") if text_id else ""


def _left(reading: Reading | None, preset: Preset, now: datetime) -> TimeLeft | None:
    if reading is None:
        return None
    return time_left(reading, now, preset.calendar, preset.limits)


def _statement(said: Mapping[UUID, str | None], row: TaskItem) -> str:
    if row.statement_text_id is None or row.reported_at is None:
        return ""
    return said.get(row.statement_text_id) or ""


def _who(said: Mapping[UUID, str | None], text_id: UUID | None) -> str:
    """Return name and post on one line; they are stored on two."""
    return " · ".join((said.get(text_id) or "").split("\n")) if text_id else ""


def _file(row: Attachment) -> File:
    return File(id=row.id, position=row.position, is_shown=row.copy_name is not None)


def _stamp(row: TaskItem) -> str:
    seen = f"{row.id}|{row.state}|{row.due_on}|{row.failed_count}|{row.reported_at}"
    seen += f"|{row.interim_text_id or ''}"
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


def _objections(session: Session, book: TaskBook) -> list[Disagreement]:
    rows = session.scalars(
        select(Objection)
        .where(Objection.task_book_id == book.id)
        .order_by(Objection.objected_at, Objection.id)
    ).all()
    said = words(
        session,
        [id_ for row in rows for id_ in (row.text_id, row.ruling_text_id) if id_ is not None],
    )
    return [
        Disagreement(
            item_id=row.item_id,
            body=said.get(row.text_id) or "",
            objected_at=row.objected_at,
            upheld=row.upheld,
            ruling=(said.get(row.ruling_text_id) or "") if row.ruling_text_id else "",
        )
        for row in rows
    ]


def check_code(number: str, unit_name: str, items: Sequence[BookItem]) -> str:
    """Return the digits by which a printed task book is compared with the one in the portal."""
    parts = [number, unit_name]
    parts += [f"{item.number}\x1f{item.task}\x1f{item.due_on}" for item in items]
    key = secrets.in_use().key("unit-link")
    digest = hmac.digest(key, b"check\x00" + "\x1e".join(parts).encode(), "sha256")
    return str(int.from_bytes(digest[:8]) % 10**CHECK_DIGITS).zfill(CHECK_DIGITS)


def own_file(session: Session, actor: Actor, file_id: UUID) -> Attachment:
    """Return a file that the unit gave with an item of its own book. Raises NotFound."""
    book = session.get(TaskBook, actor.task_book_id) if actor.task_book_id else None
    if book is None:
        raise NotFound(file_id)
    row = attachment(session, file_id, case_id=book.case_id)
    item = session.get(TaskItem, row.thing_id) if row.thing_id else None
    if row.purpose is not Purpose.ITEM or item is None or item.task_book_id != book.id:
        raise NotFound(file_id)
    return row
