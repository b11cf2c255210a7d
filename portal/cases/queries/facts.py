"""Reading cases. Every function keeps to what the actor can see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select, tuple_
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.accounts.queries import GroupFacts as Group
from portal.accounts.queries import live_groups, members_of
from portal.cases.kinds import State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import facts as f
from portal.cases.lifecycle.moves import offers
from portal.cases.lifecycle.told import Standing, standing
from portal.cases.models import Case, Objection
from portal.cases.visibility import visible_to
from portal.clocks.facts import Fact
from portal.clocks.reading import Reading
from portal.clocks.readings import readings
from portal.foundation.errors import NotFound
from portal.history.kinds import EventKind
from portal.history.queries import Recorded, events_of, events_of_many, words
from portal.inspections.models import Hazard, Inspection
from portal.presets.kinds import Preset
from portal.presets.queries import all_policies, in_force
from portal.reports.kinds import Sender
from portal.reports.models import Message, Report
from portal.reports.queries import thread
from portal.risk.assess import assess
from portal.routing.engine import route
from portal.routing.matters import Explanation, Matter
from portal.routing.matters import GroupFacts as RoutingGroup
from portal.routing.matters import matter_of as routing_matter
from portal.taskbooks.models import TaskBook, TaskItem
from portal.units.queries import people_tied_to

#: Days for which the dispatcher can set a report aside; the due date does not move.
SET_ASIDE_DAYS = "set_aside_days"


def case_of(
    session: Session,
    actor: Actor,
    case_id: UUID,
    *,
    action: Action = Action.READ,
    lock: bool = False,
) -> Case:
    """Return the case, row-locked if `lock`. Raises NotFound for what the actor can't see."""
    wanted = select(Case).where(Case.id == case_id, visible_to(actor, action))
    if lock:
        # Without it the session would hand back what it read before it waited for the lock.
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound(case_id)
    return found


def case_by_number(session: Session, actor: Actor, number: str) -> Case | None:
    """Return the case with this number if the actor can see it."""
    return session.scalar(select(Case).where(Case.number == number, visible_to(actor)))


def clocks_of(
    session: Session, case_: Case, preset: Preset, *, as_of: datetime
) -> tuple[Reading, ...]:
    """Return every clock of the case at a moment, read from its events."""
    own = events_of(session, case_.id)
    # A report that was merged in keeps its own chain, begun in the case that filing it started;
    # one that was merged away is answered where it went.
    elsewhere = {report.origin_case_id for report in case_.reports} | {case_.merged_into}
    others = _events_elsewhere(session, case_.id, elsewhere)
    return readings(
        (as_fact(event) for event in [*own, *others]),
        all_policies(session),
        preset.calendar,
        as_of=as_of,
        case_id=str(case_.id),
        reports=_reports_of(case_, own),
    )


def _events_elsewhere(
    session: Session, case_id: UUID, cases: set[UUID | None]
) -> Sequence[Recorded]:
    others = [other for other in cases if other is not None and other != case_id]
    return events_of_many(session, others) if others else []


def _reports_of(case_: Case, own: Sequence[Recorded]) -> frozenset[str]:
    """Return the reports whose clocks are the case's: those it has, and the one that began it."""
    filed = {str(event.payload["report"]) for event in own if event.kind is EventKind.FILED}
    return frozenset({str(report.id) for report in case_.reports} | filed)


def as_fact(event: Recorded) -> Fact:
    """Return an event as clocks look at it."""
    return Fact(
        kind=str(event.kind),
        at=event.at,
        seq=event.seq,
        payload=event.payload | {"by_role": str(event.role)},
        case_id=str(event.case_id),
    )


def matter_of(case_: Case, preset: Preset, *, at: datetime) -> Matter:
    """Return what routing looks at: what was settled, else what the reporter claimed."""
    claimed = case_.reports[0] if case_.reports else None
    category = case_.category or (claimed.claimed_category if claimed else None)
    return routing_matter(
        preset.taxonomy,
        at=at.astimezone(preset.limits.zone),
        jurisdiction=case_.jurisdiction,
        category=category,
        kind=case_.kind,
        unit=str(case_.unit_id) if case_.unit_id else None,
        channel=case_.channel,
    )


def proposal(matter: Matter, preset: Preset, groups: Iterable[Group]) -> Explanation:
    """Return where the rules in force would send the matter, and why."""
    live = {group.code: RoutingGroup(people_count=group.people_count) for group in groups}
    return route(preset.routing, matter, live_groups=live)


def facts_of(
    session: Session,
    case_: Case,
    actor: Actor,
    *,
    now: datetime,
    command: c.Command | None = None,
) -> f.Facts:
    """Return the picture of the case on which guards decide."""
    preset = in_force(session, now)
    today = now.astimezone(preset.limits.zone).date()
    groups = live_groups(session, on=today)
    explanation = proposal(matter_of(case_, preset, at=now), preset, groups.values())
    by_code = {group.code: group.id for group in groups.values()}
    members = members_of(session, case_.group_id, on=today) if case_.group_id else []
    ever_visited = case_.inspected_at is not None
    return f.Facts(
        case=case_,
        actor=actor,
        now=now,
        today=today,
        reports=_reports(session, case_),
        hazards=_hazards(session, case_.id) if ever_visited else (),
        items=_items(session, case_.id) if ever_visited else (),
        books=_books(session, case_) if ever_visited else (),
        inspections=_inspections(session, case_.id) if ever_visited else (),
        objections=_open_objections(session, case_.id),
        has_upheld_objection=_has_upheld(session, case_),
        took_part=_took_part(session, case_.id),
        recused=tuple(case_.recused),
        barred=_tied(session, case_) | frozenset(case_.recused),
        members={account.id: account.person_id for account in members},
        groups={
            group.id: f.GroupFacts(
                id=group.id, code=group.code, kind=group.kind, people_count=group.people_count
            )
            for group in groups.values()
        },
        proposed_group=by_code.get(explanation.to),
        routing=explanation.as_json(),
        other=_other(session, actor, command),
        windows=_windows(session, case_, preset, now=now, command=command),
        refusal_reasons=frozenset(preset.taxonomy.refusal_reasons),
        pause_reasons=frozenset(preset.limits.pause.reasons),
        offices=frozenset(preset.taxonomy.offices),
        categories={code: category.sector for code, category in preset.taxonomy.categories.items()},
        kinds=frozenset(preset.taxonomy.report_kinds),
        jurisdictions=frozenset(preset.taxonomy.jurisdictions),
        risk=_risk(preset, command),
    )


def _tied(session: Session, case_: Case) -> frozenset[UUID]:
    return people_tied_to(session, case_.unit_id) if case_.unit_id else frozenset()


def _reports(session: Session, case_: Case) -> tuple[f.ReportFacts, ...]:
    if not case_.reports:
        return ()
    ids = [report.id for report in case_.reports]
    last_staff = (
        select(Message.report_id, func.max(Message.seq).label("seq"))
        .where(Message.report_id.in_(ids), Message.sender == Sender.STAFF)
        .group_by(Message.report_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Message.report_id,
            func.count().filter(
                Message.sender == Sender.REPORTER,
                Message.seq > func.coalesce(last_staff.c.seq, 0),
            ),
            func.max(case((Message.sender == Sender.STAFF, Message.seq), else_=0)),
            func.max(case((Message.sender == Sender.REPORTER, Message.seq), else_=0)),
        )
        .outerjoin(last_staff, last_staff.c.report_id == Message.report_id)
        .where(Message.report_id.in_(ids))
        .group_by(Message.report_id)
    )
    talk = {row[0]: (row[1], row[2] > row[3]) for row in rows}
    return tuple(
        f.ReportFacts(
            id=report.id,
            origin_case_id=report.origin_case_id,
            unanswered=talk.get(report.id, (0, False))[0],
            is_asked=talk.get(report.id, (0, False))[1],
            withdrawn=report.withdrawn_at is not None,
            rated=report.rated_at is not None,
            reachable=report.receipt_hash is not None,
        )
        for report in case_.reports
    )


def _hazards(session: Session, case_id: UUID) -> tuple[f.HazardFacts, ...]:
    rows = session.scalars(select(Hazard).where(Hazard.case_id == case_id).order_by(Hazard.number))
    return tuple(
        f.HazardFacts(
            id=hazard.id,
            number=hazard.number,
            level=hazard.level,
            on_spot=hazard.on_spot,
            episode=hazard.episode,
        )
        for hazard in rows
    )


def _items(session: Session, case_id: UUID) -> tuple[f.ItemFacts, ...]:
    rows = session.execute(
        select(TaskItem, TaskBook.episode, TaskBook.issued_by, Hazard.level)
        .join(TaskBook, TaskBook.id == TaskItem.task_book_id)
        .join(Hazard, Hazard.id == TaskItem.hazard_id)
        .where(TaskItem.case_id == case_id)
        .order_by(TaskBook.issued_at, TaskItem.number)
    )
    return tuple(
        f.ItemFacts(
            id=item.id,
            number=item.number,
            task_book_id=item.task_book_id,
            hazard_id=item.hazard_id,
            state=item.state,
            episode=episode,
            ordered_by=issued_by,
            level=level,
            failed_count=item.failed_count,
        )
        for item, episode, issued_by, level in rows
    )


def _books(session: Session, case_: Case) -> tuple[f.BookFacts, ...]:
    return tuple(
        f.BookFacts(
            id=book.id,
            unit_id=book.unit_id,
            is_signed=book.signed_at is not None,
            has_link=book.token_hash is not None,
        )
        for book in case_.task_books
    )


def _inspections(session: Session, case_id: UUID) -> tuple[f.InspectionFacts, ...]:
    rows = session.scalars(select(Inspection).where(Inspection.case_id == case_id))
    return tuple(
        f.InspectionFacts(inspectors=frozenset(visit.inspectors), recorded_by=visit.recorded_by)
        for visit in rows
    )


def _open_objections(session: Session, case_id: UUID) -> tuple[f.ObjectionFacts, ...]:
    rows = session.scalars(
        select(Objection)
        .where(Objection.case_id == case_id, Objection.decided_at.is_(None))
        .order_by(Objection.objected_at, Objection.id)
    )
    return tuple(
        f.ObjectionFacts(id=o.id, report_id=o.report_id, task_book_id=o.task_book_id) for o in rows
    )


def _has_upheld(session: Session, case_: Case) -> bool:
    return (
        session.scalar(
            select(Objection.id).where(
                Objection.case_id == case_.id,
                Objection.episode == case_.reopen_count,
                Objection.upheld.is_(True),
            )
        )
        is not None
    )


def _took_part(session: Session, case_id: UUID) -> frozenset[UUID]:
    noted_only = (EventKind.NOTED, EventKind.RETURN_DECIDED, EventKind.OBJECTION_DECIDED)
    return frozenset(
        event.person_id
        for event in events_of(session, case_id)
        if event.person_id is not None and event.kind not in noted_only
    )


def _other(session: Session, actor: Actor, command: c.Command | None) -> f.OtherCase | None:
    if not isinstance(command, c.Merge) or command.into_id is None:
        return None
    other = session.scalar(select(Case).where(Case.id == command.into_id, visible_to(actor)))
    if other is None:
        return None
    return f.OtherCase(id=other.id, state=other.state, version=other.version)


def _windows(
    session: Session, case_: Case, preset: Preset, *, now: datetime, command: c.Command | None
) -> f.Windows:
    dues: dict[str, datetime] = {}
    for reading in clocks_of(session, case_, preset, as_of=now):
        if reading.due_at is not None:
            dues[reading.kind] = reading.due_at
    return f.Windows(
        take_back_minutes=preset.city.settings.take_back_minutes,
        set_aside_days=preset.limits.windows[SET_ASIDE_DAYS],
        pause_days_max=preset.limits.pause.max_days,
        return_due=dues.get("return_request"),
        objection_due=dues.get("objection"),
    )


def _risk(preset: Preset, command: c.Command | None) -> tuple[float, str] | None:
    if not isinstance(command, c.AssessRisk):
        return None
    found = assess(preset.taxonomy.risk_methods[command.method], dict(command.inputs))
    return (found.value, found.colour) if found else None


def page(
    session: Session,
    actor: Actor,
    *clauses: ColumnElement[bool],
    after: tuple[datetime, UUID] | None = None,
    limit: int = 25,
) -> Sequence[Case]:
    """Return the next cases by time left, from behind `after` (due, id) on."""
    wanted = select(Case).where(visible_to(actor), *clauses)
    if after is not None:
        wanted = wanted.where(tuple_(Case.next_due_sort, Case.id) > after)
    return session.scalars(wanted.order_by(Case.next_due_sort, Case.id).limit(limit)).all()


def titles(session: Session, cases: Sequence[Case]) -> Mapping[UUID, str]:
    """Return a short title for each case: the head of the first report's words or the summary."""
    text_ids: dict[UUID, UUID] = {}
    by_case = session.execute(
        select(Report.case_id, Report.text_id)
        .where(Report.case_id.in_([case_.id for case_ in cases]))
        .order_by(Report.filed_at.desc(), Report.id)
    )
    for case_id, text_id in by_case:
        text_ids[case_id] = text_id
    for case_ in cases:
        if case_.summary_text_id:
            text_ids.setdefault(case_.id, case_.summary_text_id)
    found = words(session, text_ids.values())
    return {case_id: shortened(found.get(text_id)) for case_id, text_id in text_ids.items()}


def shortened(words: str | None, limit: int = 28) -> str:
    """Return the head of `words`, cut at a sentence or at `limit` characters."""
    line = " ".join((words or "").split())
    for mark in ("。", "！", "？", "；", ". "):
        head = line.split(mark)[0]
        if 4 <= len(head) <= limit:
            return head
    return line if len(line) <= limit else line[: limit - 1] + "…"


def rows_of(session: Session, model: Any, case_id: UUID) -> Sequence[Any]:
    """Return the rows of a thing on the road that belong to the case."""
    return session.scalars(select(model).where(model.case_id == case_id)).all()


def waiting_count(session: Session, actor: Actor) -> int:
    """Return how many reports wait at the actor's desk."""
    return int(
        session.scalar(
            select(func.count())
            .select_from(Case)
            .where(visible_to(actor), Case.state == State.RECEIVED)
        )
        or 0
    )


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
