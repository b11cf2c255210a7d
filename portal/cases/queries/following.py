"""A report as its reporter sees it, and the dates that were promised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.accounts.queries import GroupFacts as Group
from portal.accounts.queries import live_groups
from portal.attachments.kinds import Purpose
from portal.attachments.models import Attachment
from portal.attachments.queries import attachment, of_report, of_things
from portal.cases.kinds import Shows, State
from portal.cases.lifecycle.endings import released
from portal.cases.lifecycle.gate import offers
from portal.cases.lifecycle.promises import Promise, told_by
from portal.cases.lifecycle.told import Standing, standing
from portal.cases.models import Case, Extension, Objection
from portal.cases.queries.clocks import clocks_of
from portal.cases.queries.facts import case_of, facts_of
from portal.cases.queries.promises import delay_of, events_about, ledger_of
from portal.cases.queries.safety import question_of, safety_answers
from portal.cases.queries.told_reward import RewardTold, reward_told
from portal.clocks.reading import Reading
from portal.foundation.errors import NotFound
from portal.history.kinds import EventKind
from portal.history.queries import Recorded, events_of, words
from portal.inspections.models import Inspection
from portal.presets.kinds import Preset, Words
from portal.presets.queries import in_force
from portal.reports.models import Message, Report, SafetyAnswer
from portal.reports.queries import thread
from portal.taskbooks.kinds import ItemState
from portal.taskbooks.models import TaskItem


@dataclass(frozen=True, slots=True)
class Promised:
    """The days until whose end something was promised; None: not begun, or none.

    They come from the clocks of the case. `late` names those that have passed.
    """

    decision: date | None = None
    response: date | None = None
    check: date | None = None
    answer: date | None = None
    #: Days within which the answer comes once it is accepted, where `answer` is not known yet.
    answer_days: int = 0
    late: frozenset[str] = frozenset()


#: Each of these hands a matter over to another office.
HANDED_OVER = frozenset({EventKind.TRANSFERRED_OUT, EventKind.ACCIDENT_REFERRED})
#: Each of these gives the case to a group; only the first asks the rules.
MOVED_GROUP = frozenset({EventKind.DISPATCHED, EventKind.REASSIGNED})


def promised_dates(session: Session, report: Report, *, now: datetime) -> Promised:
    """Return what was promised to the reporter of a report."""
    preset = in_force(session, now)
    case_ = session.get_one(Case, report.case_id)
    return _promised(case_, preset, clocks_of(session, case_, preset, as_of=now), now)


def _promised(case_: Case, preset: Preset, readings: Sequence[Reading], now: datetime) -> Promised:
    days = preset.limits.limits["handling_total"].value
    told = told_by(case_, readings, now=now, delay=delay_of(preset))
    return Promised(
        **{str(one.what): one.last_day for one in told},
        answer_days=days,
        late=frozenset(str(one.what) for one in told if one.late),
    )


@dataclass(frozen=True, slots=True)
class Disagreed:
    """The reporter's last objection; `by` is the day of the decision while it is looked at."""

    body: str | None
    upheld: bool | None
    ruling: str | None
    by: date | None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """One hand-over to another office: since when, what it said, by when it should have."""

    office: str
    on: datetime
    #: When, an entry of `OFFICE_SAID`, and the words; None: erased.
    replies: Sequence[tuple[datetime, str, str | None]]
    #: The last day for a first reply, while there is none.
    reply_by: date | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A report as its reporter sees it."""

    case: Case
    report: Report
    standing: Standing
    promised: Promised
    #: Every date that was told so far, the oldest first.
    ledger: Sequence[Promise]
    group: Group | None
    #: Why this group, in the rule's public words; None where a dispatcher chose another.
    why_group: Words | None
    #: Code of the refusal reason or of the office, from the event that ended the case.
    ended_by: str | None
    #: The listed reason for which the clocks stand still.
    pause_reason: Words | None
    #: More days that a lead granted for the answer, and why.
    more_time: tuple[int, str | None] | None
    #: Oldest first.
    handed_over: Sequence[HandedOver]
    #: It is handled in one with other reports about the same matter.
    is_together: bool
    #: How often inspectors were there.
    visits: int
    answer: str | None
    #: The answer is from before a reopening.
    is_old_answer: bool
    #: The last day on which one may object.
    object_until: date | None
    #: The last day on which a rating counts.
    rate_until: date | None
    objection: Disagreed | None
    #: Pictures that handlers released, by what they show.
    pictures: Mapping[Shows, Sequence[UUID]]
    #: Each file that the reporter gave, oldest first.
    files: Sequence[Attachment]
    #: The own reward, or why there is none; None: nothing was decided.
    reward: RewardTold | None
    #: Days after the answer of the open question whether reporting brought harm; None: not asked.
    safety_question: int | None
    safety: Sequence[SafetyAnswer]
    thread: Sequence[tuple[Message, str | None]]
    #: The files that went along with a message, whoever wrote it.
    along: Mapping[UUID, Sequence[Attachment]]
    #: The dates that staff wrote beside a message, by its words.
    written: Mapping[UUID, date]
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
    readings = clocks_of(session, case_, preset, as_of=now)
    promised = _promised(case_, preset, readings, now)
    live = facts.live_items
    messages = thread(session, [report.id])
    items = session.scalars(
        select(TaskItem)
        .where(TaskItem.id.in_([item.id for item in live]))
        .order_by(TaskItem.due_on, TaskItem.number)
    ).all()
    disagreed = session.scalar(
        select(Objection)
        .where(Objection.report_id == report.id)
        .order_by(Objection.objected_at.desc(), Objection.decided_at.desc().nulls_first())
        .limit(1)
    )
    text_ids = [m.text_id for m in messages] + [item.text_id for item in items]
    text_ids += [report.answer_text_id] if report.answer_text_id else []
    if disagreed:
        text_ids += [disagreed.text_id, *filter(None, [disagreed.ruling_text_id])]
    found = words(session, text_ids)
    groups = live_groups(session, on=facts.today)
    events = events_of(session, case_.id)
    standing_ = standing(
        case_,
        now=now,
        delay=delay_of(preset),
        all_passed=bool(live) and not facts.open_items,
        late=bool(promised.late),
        withdrawn=report.withdrawn_at is not None,
        answered=report.answered_at is not None,
        said_by_unit=any(
            item.state is ItemState.REPORTED and item.reported_by_text_id for item in items
        ),
    )
    return FollowUp(
        case=case_,
        report=report,
        standing=standing_,
        # Who withdrew gets no answer, so none is promised.
        promised=promised if report.withdrawn_at is None else Promised(),
        ledger=ledger_of(session, report, preset, now=now),
        group=groups.get(case_.group_id) if case_.group_id else None,
        why_group=_why_group(events) if case_.group_id else None,
        ended_by=_ended_by(events, case_),
        pause_reason=_pause_reason(events, preset) if case_.paused_at else None,
        more_time=_more_time(session, case_, events),
        handed_over=_handed_over(session, events, readings),
        is_together=report.case_id != report.origin_case_id,
        visits=_visits(session, case_.id),
        answer=found.get(report.answer_text_id) if report.answer_text_id else None,
        is_old_answer=report.answered_at is None,
        object_until=_object_until(readings, report.id),
        rate_until=_rate_until(readings, report.id),
        objection=_disagreed(disagreed, found, readings) if disagreed else None,
        pictures=_by_what_they_show(released(events)),
        files=of_report(session, report.id),
        reward=reward_told(session, case_, report, events, today=facts.today),
        safety_question=question_of(session, report, preset, now=now),
        safety=safety_answers(session, report),
        thread=[(message, found.get(message.text_id)) for message in messages],
        along=of_things(session, [message.id for message in messages]),
        written=_written(events_about(session, report)),
        items=[(item, found.get(item.text_id)) for item in items],
        can=frozenset(offer.move.name for offer in offers(actor, facts) if offer.is_open),
    )


def file_for(session: Session, actor: Actor, file_id: UUID) -> Attachment:
    """Return a file that handlers sent to this reporter, or a picture that they released.

    Raises NotFound for every other.
    """
    report = session.get(Report, actor.report_id) if actor.report_id else None
    if report is None:
        raise NotFound(file_id)
    case_ = case_of(session, actor, report.case_id)
    found = attachment(session, file_id, case_id=case_.id)
    if found.purpose is Purpose.SENT and found.report_id == report.id:
        return found
    if file_id not in released(events_of(session, case_.id)):
        raise NotFound(file_id)
    if found.report_id is not None:
        # Another reporter's, whatever an event says.
        raise NotFound(file_id)
    return found


def _by_what_they_show(found: Mapping[UUID, Shows]) -> dict[Shows, list[UUID]]:
    return {
        one: files for one in Shows if (files := [file for file in found if found[file] is one])
    }


def _written(events: Sequence[Recorded]) -> dict[UUID, date]:
    return {
        UUID(event.payload["texts"]["message"]["id"]): date.fromisoformat(until)
        for event in events
        if (until := event.payload.get("promised_on"))
    }


def _ended_by(events: Sequence[Recorded], case_: Case) -> str | None:
    if case_.state is not State.CLOSED:
        return None
    for event in reversed(events):
        code = event.payload.get("office") or event.payload.get("reason")
        if event.to_state == State.CLOSED and code:
            return str(code)
    return None


def _handed_over(
    session: Session, events: Sequence[Recorded], readings: Sequence[Reading]
) -> list[HandedOver]:
    found: list[HandedOver] = []
    replied = [event for event in events if event.kind is EventKind.OFFICE_REPLIED]
    said = words(session, [UUID(event.payload["texts"]["reply"]["id"]) for event in replied])
    clocks = [one for one in readings if one.kind == "office_reply"]
    for event in events:
        if event.kind in HANDED_OVER:
            running = next((one for one in clocks if one.started_at == event.at), None)
            is_open = running is not None and running.is_open
            found.append(
                HandedOver(
                    office=str(event.payload["office"]),
                    on=event.at,
                    replies=[],
                    reply_by=running.last_day if running and is_open else None,
                    is_late=bool(running and is_open and running.breach),
                )
            )
        elif event.kind is EventKind.OFFICE_REPLIED and found:
            told = said.get(UUID(event.payload["texts"]["reply"]["id"]))
            last = found[-1]
            found[-1] = replace(
                last, replies=[*last.replies, (event.at, str(event.payload["said"]), told)]
            )
    return found


def _why_group(events: Sequence[Recorded]) -> Words | None:
    """Return the rule's public sentence, if the last dispatch went where the rules say."""
    last = next((e for e in reversed(events) if e.kind in MOVED_GROUP), None)
    if last is None or not last.payload.get("as_proposed"):
        return None
    told = (last.payload.get("routing") or {}).get("why_public")
    return Words(**told) if told else None


def _pause_reason(events: Sequence[Recorded], preset: Preset) -> Words | None:
    last = next((e for e in reversed(events) if e.kind is EventKind.PAUSED), None)
    code = last.payload.get("reason") if last else None
    return preset.limits.pause.reasons.get(str(code))


def _more_time(
    session: Session, case_: Case, events: Sequence[Recorded]
) -> tuple[int, str | None] | None:
    """Return the days that were granted while the answer is waited for, with the lead's reason."""
    if case_.concluded_at or not any(e.kind is EventKind.EXTENSION_DECIDED for e in events):
        return None
    row = session.scalar(
        select(Extension)
        .where(Extension.case_id == case_.id, Extension.granted_days.is_not(None))
        .order_by(Extension.decided_at.desc())
        .limit(1)
    )
    if row is None or row.granted_days is None or row.ruling_text_id is None:
        return None
    return row.granted_days, words(session, [row.ruling_text_id]).get(row.ruling_text_id)


def _visits(session: Session, case_id: UUID) -> int:
    counted = select(func.count()).select_from(Inspection).where(Inspection.case_id == case_id)
    return int(session.scalar(counted) or 0)


def _object_until(readings: Sequence[Reading], report_id: UUID) -> date | None:
    mine = [one for one in readings if one.kind == "objection" and one.subject == str(report_id)]
    return mine[-1].last_day if mine and mine[-1].is_open else None


def _rate_until(readings: Sequence[Reading], report_id: UUID) -> date | None:
    mine = [one for one in readings if one.kind == "objection" and one.subject == str(report_id)]
    return mine[-1].last_day if mine else None


def _disagreed(
    row: Objection, found: Mapping[UUID, str | None], readings: Sequence[Reading]
) -> Disagreed:
    looked_at = [
        one
        for one in readings
        if one.kind == "objection_review" and one.subject == str(row.id) and one.is_open
    ]
    return Disagreed(
        body=found.get(row.text_id),
        upheld=row.upheld,
        ruling=found.get(row.ruling_text_id) if row.ruling_text_id else None,
        by=looked_at[-1].last_day if looked_at else None,
    )
