"""A report as its reporter sees it, and the dates that were promised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.accounts.queries import GroupFacts as Group
from portal.accounts.queries import live_groups
from portal.cases.kinds import State
from portal.cases.lifecycle.moves import offers
from portal.cases.lifecycle.told import Standing, standing
from portal.cases.models import Case
from portal.cases.queries.facts import case_of, clocks_of, facts_of
from portal.foundation.errors import NotFound
from portal.history.queries import events_of, words
from portal.presets.queries import in_force
from portal.reports.models import Message, Report
from portal.reports.queries import thread
from portal.taskbooks.kinds import ItemState
from portal.taskbooks.models import TaskItem


@dataclass(frozen=True, slots=True)
class Promised:
    """The dates that a reporter is told, from the clocks of the case; None: not begun or none."""

    decision: datetime | None
    response: datetime | None
    answer: datetime | None
    #: Days within which the answer comes once it is accepted, where `answer` is not known yet.
    answer_days: int
    late: bool


def promised_dates(session: Session, report: Report, *, now: datetime) -> Promised:
    """Return what was promised to the reporter of a report."""
    preset = in_force(session, now)
    case_ = session.get_one(Case, report.case_id)
    open_ = {
        reading.kind: reading
        for reading in clocks_of(session, case_, preset, as_of=now)
        if reading.is_open and not reading.window
    }
    dues = {kind: reading.due_at for kind, reading in open_.items()}
    watched = ("acceptance", "first_response", "handling_total", "feedback")
    return Promised(
        decision=dues.get("acceptance"),
        response=dues.get("first_response"),
        answer=dues.get("feedback") or dues.get("handling_total"),
        answer_days=preset.limits.limits["handling_total"].value,
        late=any(kind in open_ and open_[kind].breach for kind in watched),
    )


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A report as its reporter sees it."""

    case: Case
    report: Report
    standing: Standing
    promised: Promised
    group: Group | None
    #: Code of the refusal reason or of the office, from the event that ended the case.
    ended_by: str | None
    answer: str | None
    thread: Sequence[tuple[Message, str | None]]
    items: Sequence[tuple[TaskItem, str | None]]
    can: frozenset[str]


def follow_up(session: Session, actor: Actor, *, now: datetime) -> FollowUp:
    """Return the report that the actor's receipt code opened. Raises NotFound."""
    report = session.get(Report, actor.report_id) if actor.report_id else None
    if report is None:
        raise NotFound(actor.report_id)
    case_ = case_of(session, actor, report.case_id)
    facts = facts_of(session, case_, actor, now=now)
    preset = in_force(session, now)
    promised = promised_dates(session, report, now=now)
    live = facts.live_items
    messages = thread(session, [report.id])
    items = session.scalars(
        select(TaskItem)
        .where(TaskItem.id.in_([item.id for item in live]))
        .order_by(TaskItem.due_on, TaskItem.number)
    ).all()
    text_ids = [m.text_id for m in messages] + [item.text_id for item in items]
    found = words(session, [*text_ids, *([report.answer_text_id] if report.answer_text_id else [])])
    groups = live_groups(session, on=facts.today)
    return FollowUp(
        case=case_,
        report=report,
        standing=standing(
            case_,
            now=now,
            delay=timedelta(seconds=preset.city.settings.notice_delay_seconds),
            all_passed=bool(live) and not facts.open_items,
            late=promised.late,
            withdrawn=report.withdrawn_at is not None,
            answered=report.answered_at is not None,
            said_by_unit=any(
                item.state is ItemState.REPORTED and item.reported_by_text_id for item in items
            ),
        ),
        promised=promised,
        group=groups.get(case_.group_id) if case_.group_id else None,
        ended_by=_ended_by(session, case_),
        answer=found.get(report.answer_text_id) if report.answer_text_id else None,
        thread=[(message, found.get(message.text_id)) for message in messages],
        items=[(item, found.get(item.text_id)) for item in items],
        can=frozenset(offer.move.name for offer in offers(actor, facts) if offer.is_open),
    )


def _ended_by(session: Session, case_: Case) -> str | None:
    if case_.state is not State.CLOSED:
        return None
    for event in reversed(events_of(session, case_.id)):
        code = event.payload.get("office") or event.payload.get("reason")
        if event.to_state == State.CLOSED and code:
            return str(code)
    return None
