"""The case, its cached clocks, objections, the year's numbers, and what search reads."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    UniqueConstraint,
    Uuid,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text as TextType

from portal.cases.kinds import (
    Finding,
    Judged,
    Priority,
    Resolution,
    Scope,
    Source,
    State,
    What,
)
from portal.discipline.models import DisciplinaryStep
from portal.foundation.db import Base
from portal.reports.models import Report
from portal.taskbooks.models import TaskBook


class Case(Base):
    """The handling file of one matter. Every column but the two caches is given by its events."""

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_when_closed"),
        CheckConstraint("(resolution IS NOT NULL) = (closed_at IS NOT NULL)", name="closed_how"),
        CheckConstraint(
            "state NOT IN ('assigned', 'in_hand', 'rectifying', 'reviewing') "
            "OR group_id IS NOT NULL",
            name="handled_by_somebody",
        ),
        Index(
            "ix_cases_desk_intake",
            "desk_id",
            "next_due_sort",
            "id",
            postgresql_where=text("state = 'received'"),
        ),
        Index(
            "ix_cases_group_open",
            "group_id",
            "next_due_sort",
            "id",
            postgresql_where=text("state <> 'closed'"),
        ),
        Index(
            "ix_cases_jurisdiction_open",
            "jurisdiction",
            "next_due_sort",
            "id",
            postgresql_where=text("state <> 'closed'"),
        ),
        Index("ix_cases_handler_open", "handler_id", postgresql_where=text("state <> 'closed'")),
        Index(
            "ix_cases_open_due", "next_due_sort", "id", postgresql_where=text("state <> 'closed'")
        ),
        Index("ix_cases_closed_at", "closed_at", postgresql_where=text("state = 'closed'")),
        Index("ix_cases_opened_at", "opened_at", "id"),
        Index(
            "ix_cases_put_right",
            "township",
            "category",
            "closed_at",
            postgresql_where=text("resolution = 'rectified'"),
        ),
        Index("ix_cases_unit_id", "unit_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Text for people, e.g. 2026-0431; from a counter that never reuses one.
    number: Mapped[str] = mapped_column(unique=True)
    #: Number of events; the one that the person saw travels with each command.
    version: Mapped[int]
    state: Mapped[State]
    source: Mapped[Source]
    kind: Mapped[str]
    channel: Mapped[str]
    jurisdiction: Mapped[str | None]
    township: Mapped[str | None]
    #: NULL until settled by accepting.
    category: Mapped[str | None]
    sector: Mapped[str | None]
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("units.id"))
    #: What it is about where no report says it.
    summary_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    #: The case from which this one was split off.
    split_from: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    desk_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id"))
    #: NULL while at the desk.
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("groups.id"))
    handler_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    priority: Mapped[Priority]
    suspected_major: Mapped[bool]
    #: The chain clock's start: of the first report, floored to the hour.
    opened_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    dispatched_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    accepted_with_dispatch: Mapped[bool]
    dispatch_count: Mapped[int]
    signed_for_at: Mapped[datetime | None]
    #: Whether a group has signed since it last left the desk: a reopened case goes back to it.
    ever_signed: Mapped[bool]
    return_count: Mapped[int]
    return_asked_at: Mapped[datetime | None]
    inspected_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    finding: Mapped[Finding | None]
    concluded_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    resolution: Mapped[Resolution | None]
    reopen_count: Mapped[int]
    #: When the last of its reporters withdrew.
    withdrawn_at: Mapped[datetime | None]
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    set_aside_until: Mapped[date | None]
    #: It came in a flood: sorted behind the others. No clock knows of it.
    slow_lane: Mapped[bool] = mapped_column(server_default=false())
    paused_at: Mapped[datetime | None]
    pause_days: Mapped[int]
    unanswered_count: Mapped[int]
    #: People who stepped back from this case.
    recused: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    #: Groups and people who handled what this case is a complaint about: to them it does not exist.
    hidden_from: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    #: Cache: the earliest due date among running clocks, and which clock it is.
    next_due_at: Mapped[datetime | None]
    next_clock: Mapped[str | None]
    #: For keyset paging: `(due, id) > (…)` drops rows where due is NULL.
    next_due_sort: Mapped[datetime] = mapped_column(
        Computed("coalesce(next_due_at, '9999-12-31 00:00:00+00'::timestamptz)", persisted=True)
    )

    reports: Mapped[list[Report]] = relationship(
        primaryjoin="Case.id == foreign(Report.case_id)",
        viewonly=True,
        order_by="(Report.filed_at, Report.id)",
    )
    task_books: Mapped[list[TaskBook]] = relationship(
        primaryjoin="Case.id == foreign(TaskBook.case_id)",
        viewonly=True,
        order_by="TaskBook.issued_at",
    )

    steps: Mapped[list[DisciplinaryStep]] = relationship(
        primaryjoin="Case.id == foreign(DisciplinaryStep.case_id)",
        viewonly=True,
        order_by="DisciplinaryStep.number",
    )

    @property
    def is_received(self) -> bool:
        return self.state is State.RECEIVED

    @property
    def report_ids(self) -> Iterable[UUID]:
        return [report.id for report in self.reports]

    @property
    def task_book_ids(self) -> Iterable[UUID]:
        return [book.id for book in self.task_books]

    @property
    def step_ids(self) -> Iterable[UUID]:
        return [step.id for step in self.steps]


class ClockReading(Base):
    """Cache of what `clocks.readings` says of a case; `clocks check` rebuilds and compares."""

    __tablename__ = "clock_readings"
    __table_args__ = (
        Index("ix_clock_readings_clock_due", "clock", "due_at"),
        Index(
            "ix_clock_readings_running",
            "due_at",
            postgresql_where=text("stopped_at IS NULL AND due_at IS NOT NULL"),
        ),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    clock: Mapped[str] = mapped_column(primary_key=True)
    #: `case`, or the id of the report, item or objection that it is about.
    subject: Mapped[str] = mapped_column(primary_key=True)
    episode: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    #: NULL for `chain`.
    due_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    state: Mapped[str]
    provisional: Mapped[bool]
    breached: Mapped[bool]


class Objection(Base):
    """A reporter's or unit's disagreement, decided by somebody who had no part."""

    __tablename__ = "objections"
    __table_args__ = (
        CheckConstraint("(report_id IS NULL) <> (task_book_id IS NULL)", name="by_one_side"),
        CheckConstraint("item_id IS NULL OR task_book_id IS NOT NULL", name="task_of_a_book"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    report_id: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"))
    task_book_id: Mapped[UUID | None] = mapped_column(ForeignKey("task_books.id"))
    #: The task that it is about; NULL: the answer, or the book as a whole.
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("task_items.id"))
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    objected_at: Mapped[datetime]
    #: How often the case had been reopened by then.
    episode: Mapped[int]
    #: NULL until decided.
    upheld: Mapped[bool | None]
    decided_at: Mapped[datetime | None]
    ruling_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))


class Extension(Base):
    """More time that was asked for: by a unit for a task, by a member for concluding the case."""

    __tablename__ = "extensions"
    __table_args__ = (
        CheckConstraint("(item_id IS NULL) = (wanted_on IS NULL)", name="day_for_a_task"),
        CheckConstraint("(item_id IS NULL) <> (wanted_days IS NULL)", name="days_for_the_case"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    #: NULL: for concluding the case.
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("task_items.id"))
    asked_at: Mapped[datetime]
    #: Person of the staff; NULL: somebody at the unit, by name and post.
    asked_by: Mapped[UUID | None]
    who_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    reason_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    plan_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    wanted_on: Mapped[date | None]
    wanted_days: Mapped[int | None]
    #: NULL until decided; what was granted may be less than what was asked for.
    granted: Mapped[bool | None]
    granted_on: Mapped[date | None]
    granted_days: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    ruling_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))


class Alarm(Base):
    """Many reports at once about one place or unit: raised once for a burst, ended when it ebbs."""

    __tablename__ = "alarms"
    __table_args__ = (
        Index(
            "uq_alarms_running",
            "desk_id",
            "scope",
            "key",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="point_whole"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Each desk sees what comes in at it.
    desk_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id"))
    scope: Mapped[Scope]
    #: Which unit, township or district; of a point its degrees.
    key: Mapped[str]
    jurisdiction: Mapped[str | None]
    township: Mapped[str | None]
    lon: Mapped[float | None] = mapped_column(Float)
    lat: Mapped[float | None] = mapped_column(Float)
    #: Both floored to the hour: the moment would tell when a report came.
    raised_at: Mapped[datetime]
    last_at: Mapped[datetime]
    #: Floored too where it ebbed away; exact where somebody ended it.
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    reason_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))

    # The rest of what the policy looks at: an alarm is its desk's alone.
    group_id = None
    is_received = True
    report_ids = task_book_ids = step_ids = hidden_from = ()


class AlarmCase(Base):
    """Which cases belong to an alarm; each to one, so that a burst raises one alarm."""

    __tablename__ = "alarm_cases"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    alarm_id: Mapped[UUID] = mapped_column(ForeignKey("alarms.id"), index=True)


class Ledger(Base):
    """How far the promises of a report were worked out; see `ToldPromise`."""

    __tablename__ = "ledgers"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    #: The last event that was read, and the moment up to which time had passed.
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    #: Time alone can still change it.
    is_open: Mapped[bool]


class ToldPromise(Base):
    """A date as a reporter was told it, and what became of it: a cache, for figures alone.

    `lifecycle.promises` works it out from the events; a job keeps it, `measures check` compares.
    """

    __tablename__ = "told_promises"
    __table_args__ = (UniqueConstraint("report_id", "number"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("ledgers.report_id"))
    #: Its place among those of the report.
    number: Mapped[int]
    what: Mapped[What]
    due_at: Mapped[datetime] = mapped_column(index=True)
    judged: Mapped[Judged]


class NumberCounter(Base):
    """The next number of a year and series; only ever goes up."""

    __tablename__ = "number_counters"

    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    next: Mapped[int]


class ImportRow(Base):
    """Which row of which foreign log became which case: importing it again finds it here."""

    __tablename__ = "import_rows"

    #: The log, as its mapping names it.
    source: Mapped[str] = mapped_column(primary_key=True)
    #: What names the row within its log.
    key: Mapped[str] = mapped_column(primary_key=True)
    #: Checked at the end: the key is claimed before its case is made.
    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", deferrable=True, initially="DEFERRED"), index=True
    )


class CaseSearch(Base):
    """What search reads: grams of one and two characters of everything staff may find."""

    __tablename__ = "case_search"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    grams: Mapped[list[str]] = mapped_column(ARRAY(TextType))


class SavedView(Base):
    """A filter that somebody keeps; the address holds it, this holds its name."""

    __tablename__ = "saved_views"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str]
    query: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]


class Presence(Base):
    """Who has a case open just now: kept for minutes, never part of the history."""

    __tablename__ = "presence"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
