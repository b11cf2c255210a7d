"""Reading a case, and the picture of it on which guards decide."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, Uuid, bindparam, select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.accounts.queries import members_of, names_of_people
from portal.attachments.kinds import Purpose
from portal.attachments.kinds import State as FileState
from portal.attachments.queries import of_case
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import facts as f
from portal.cases.lifecycle.endings import released
from portal.cases.lifecycle.extending import stretches
from portal.cases.models import Case, Extension, Objection
from portal.cases.queries.clocks import clocks_of
from portal.cases.queries.directions import explained
from portal.cases.queries.ladder import STEPS, ladder_facts
from portal.cases.queries.lists import MADE
from portal.cases.queries.rewards import REWARDS, reward_facts
from portal.cases.queries.talk import talk_of
from portal.cases.visibility import visible_to
from portal.clocks.reading import LISTING, Reading
from portal.discipline import queries as discipline
from portal.discipline.lifecycle import ListingFacts
from portal.foundation.errors import NotFound
from portal.history.kinds import EventKind
from portal.history.queries import Recorded, events_of, forget_events
from portal.inspections.models import Hazard, Inspection
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.risk.assess import assess
from portal.taskbooks.models import TaskBook, TaskItem
from portal.units.queries import people_tied_to, unit_exists

#: Days for which the dispatcher can set a report aside; the due date does not move.
SET_ASIDE_DAYS = "set_aside_days"
# Made once: each move and each page of a case asks them. Columns, since no object is wanted.
_CASE = bindparam("case", type_=Uuid)
_HAZARDS = (
    select(
        Hazard.id,
        Hazard.number,
        Hazard.level,
        Hazard.on_spot,
        Hazard.episode,
        Hazard.refuted_at.is_not(None).label("is_refuted"),
    )
    .where(Hazard.case_id == _CASE)
    .order_by(Hazard.number)
)
_ITEMS = (
    select(
        TaskItem.id,
        TaskItem.number,
        TaskItem.task_book_id,
        TaskItem.hazard_id,
        TaskItem.state,
        TaskBook.episode,
        TaskBook.issued_by.label("ordered_by"),
        Hazard.level,
        TaskItem.failed_count,
        TaskItem.signed_by,
        (TaskItem.interim_text_id.is_not(None) & TaskItem.interim_at.is_(None)).label(
            "interim_waits"
        ),
        TaskItem.evidence_text_id.is_not(None).label("has_proof"),
        TaskItem.funds_text_id.is_not(None).label("has_funds"),
        TaskItem.contingency_text_id.is_not(None).label("has_contingency"),
        TaskItem.interim_text_id.is_not(None).label("has_interim"),
    )
    .join(TaskBook, TaskBook.id == TaskItem.task_book_id)
    .join(Hazard, Hazard.id == TaskItem.hazard_id)
    .where(TaskItem.case_id == _CASE)
    .order_by(TaskBook.issued_at, TaskItem.number)
)
_BOOKS = (
    select(
        TaskBook.id,
        TaskBook.unit_id,
        TaskBook.signed_at.is_not(None).label("is_signed"),
        TaskBook.token_hash.is_not(None).label("has_link"),
    )
    .where(TaskBook.case_id == _CASE)
    .order_by(TaskBook.issued_at)
)
_VISITS = select(Inspection.inspectors, Inspection.recorded_by).where(Inspection.case_id == _CASE)


def case_of(
    session: Session,
    actor: Actor,
    case_id: UUID,
    *,
    action: Action = Action.READ,
    lock: bool = False,
) -> Case:
    """Return the case, row-locked if `lock`. Raises NotFound for what the actor can't see."""
    if lock:
        forget_events(session)
    found = session.scalar(_one_case(actor, action, lock=lock), {"case": case_id})
    if found is None:
        raise NotFound(case_id)
    return found


@lru_cache(MADE)
def _one_case(actor: Actor, action: Action, *, lock: bool) -> Select[Case]:
    wanted = select(Case).where(Case.id == bindparam("case", type_=Uuid), visible_to(actor, action))
    # Without it the session would hand back what it read before it waited for the lock.
    populate = {"populate_existing": True}
    return wanted.with_for_update().execution_options(**populate) if lock else wanted


def case_by_number(session: Session, actor: Actor, number: str) -> Case | None:
    """Return the case with this number if the actor can see it."""
    return session.scalar(select(Case).where(Case.number == number, visible_to(actor)))


def facts_of(
    session: Session,
    case_: Case,
    actor: Actor,
    *,
    now: datetime,
    command: c.Command | None = None,
    stored_at: datetime | None = None,
    clocks: tuple[Reading, ...] | None = None,
) -> f.Facts:
    """Return the picture of the case on which guards decide, as it stands at `now`.

    `stored_at` is the moment that the move will store, where that is another than `now`. A page
    that has read the clocks at `now` gives them along. For a `command` the costly parts that
    neither its guard nor its effect looks at are left out: see `lifecycle.facts.NotRead`.
    """
    preset = in_force(session, now)
    zone = preset.limits.zone
    today = now.astimezone(zone).date()
    groups, proposed, routing = _directions(session, case_, preset, now=now, command=command)
    own = events_of(session, case_.id)
    made = _made(own)
    visits = _visits(session, case_.id) if "inspections" in made else ()
    if clocks is None and f.asks(command, f.ABOUT_CLOCKS):
        clocks = clocks_of(session, case_, preset, as_of=now, own=own)
    return f.Facts(
        case=case_,
        actor=actor,
        now=stored_at or now,
        read_at=now,
        today=today,
        paused_on=case_.paused_at.astimezone(zone).date() if case_.paused_at else None,
        reports=_reports(session, case_, own),
        hazards=_hazards(session, case_.id) if "hazards" in made else (),
        items=_items(session, case_.id) if "task_items" in made else (),
        books=_books(session, case_.id) if "task_books" in made else (),
        inspections=visits,
        objections=_open_objections(session, case_.id) if "objections" in made else (),
        has_upheld_objection="objections" in made and _has_upheld(session, case_),
        extensions=_open_extensions(session, case_.id) if "extensions" in made else (),
        stretches=stretches(clocks or (), preset.calendar)
        if f.asks(command, f.ABOUT_STRETCHES)
        else f.NOT_READ,
        took_part=_took_part(own, visits),
        recused=tuple(case_.recused),
        barred=_tied(session, case_, command) | {*case_.recused, *case_.hidden_from},
        members=_members(session, case_, command, on=today),
        groups=groups,
        proposed_group=proposed,
        routing=routing,
        other=_other(session, actor, command),
        releasable=_releasable(session, case_, own)
        if f.asks(command, f.ABOUT_FILES)
        else f.NOT_READ,
        released=released(own),
        listings=_listings(session, case_.id, zone) if "listings" in made else (),
        worked_on_it=_worked(session, own, visits)
        if "listings" in made and f.asks(command, f.ABOUT_WORK)
        else {},
        windows=_windows(actor, preset, clocks or ())
        if f.asks(command, f.ABOUT_WINDOWS)
        else _spans(preset, f.NOT_READ, f.NOT_READ),
        refusal_reasons=frozenset(preset.taxonomy.refusal_reasons),
        pause_reasons=frozenset(preset.limits.pause.reasons),
        offices={code: frozenset(o.moves) for code, o in preset.taxonomy.offices.items()},
        categories={code: category.sector for code, category in preset.taxonomy.categories.items()},
        kinds=frozenset(preset.taxonomy.report_kinds),
        jurisdictions=frozenset(preset.taxonomy.jurisdictions),
        townships=_townships(preset, command),
        unit_known=_unit_known(session, command),
        risk=_risk(preset, command),
        ladder=ladder_facts(session, case_, actor, preset, own, now=now, command=command),
        rewards=reward_facts(session, case_, actor, preset, own, now=now, command=command),
    )


def _releasable(session: Session, case_: Case, own: Sequence[Recorded]) -> frozenset[UUID]:
    """Return the clean pictures that staff or the unit gave; never what a reporter sent."""
    if not any(event.payload.get("files") for event in own):
        return frozenset()
    return frozenset(
        file.id
        for file in of_case(session, case_.id)
        if file.report_id is None
        and file.state is FileState.SHOWN
        and file.purpose is not Purpose.STEP
    )


def _made(own: Sequence[Recorded]) -> set[str]:
    """Return the tables in which the case has things by its history: the others need no look."""
    return {table for event in own for table in event.payload.get("rows", ())}


def _directions(
    session: Session, case_: Case, preset: Preset, *, now: datetime, command: c.Command | None
) -> tuple[Any, Any, Any]:
    """Return the groups by id, the one that the rules propose, and their explanation."""
    if not f.asks(command, f.ABOUT_GROUPS):
        return f.NOT_READ, f.NOT_READ, f.NOT_READ
    explanation, groups = explained(session, case_, preset, now=now)
    by_code = {group.code: group.id for group in groups.values()}
    facts = {
        group.id: f.GroupFacts(
            id=group.id, code=group.code, kind=group.kind, people_count=group.people_count
        )
        for group in groups.values()
    }
    return facts, by_code.get(explanation.to), explanation.as_json()


def _members(session: Session, case_: Case, command: c.Command | None, *, on: date) -> Any:
    """Return the accounts of the case's group, each with its person."""
    if not f.asks(command, f.ABOUT_MEMBERS):
        return f.NOT_READ
    accounts = members_of(session, case_.group_id, on=on) if case_.group_id else []
    return {account.id: account.person_id for account in accounts}


def _tied(session: Session, case_: Case, command: c.Command | None) -> frozenset[UUID]:
    # Also to the unit that the command would put in: a tie counts from the first act on.
    units = {case_.unit_id, getattr(command, "unit_id", None)} - {None}
    return frozenset().union(*(people_tied_to(session, unit) for unit in units if unit))


def _unit_known(session: Session, command: c.Command | None) -> bool:
    unit_id = getattr(command, "unit_id", None)
    return unit_id is None or unit_exists(session, unit_id)


def _townships(preset: Preset, command: c.Command | None) -> frozenset[str]:
    place = preset.taxonomy.jurisdictions.get(getattr(command, "jurisdiction", ""))
    return frozenset(town.code for town in place.townships) if place else frozenset()


def _reports(session: Session, case_: Case, own: Sequence[Recorded]) -> tuple[f.ReportFacts, ...]:
    if not case_.reports:
        return ()
    talk = talk_of(session, [report.id for report in case_.reports]) if has_talk(case_, own) else {}
    return tuple(
        f.ReportFacts(
            id=report.id,
            origin_case_id=report.origin_case_id,
            unanswered=talk.get(report.id, (0, False))[0],
            is_asked=talk.get(report.id, (0, False))[1],
            withdrawn=report.withdrawn_at is not None,
            reachable=report.receipt_hash is not None,
        )
        for report in case_.reports
    )


def has_talk(case_: Case, own: Sequence[Recorded]) -> bool:
    """Tell whether a report may have a thread: here, or where it was before a merge or split."""
    if "messages" in _made(own):
        return True
    if any(report.origin_case_id != case_.id for report in case_.reports):
        return True
    return any(event.kind in (EventKind.MERGED, EventKind.SPLIT) for event in own)


def _hazards(session: Session, case_id: UUID) -> tuple[f.HazardFacts, ...]:
    rows = session.execute(_HAZARDS, {"case": case_id})
    return tuple(f.HazardFacts(**row._mapping) for row in rows)


def _items(session: Session, case_id: UUID) -> tuple[f.ItemFacts, ...]:
    rows = session.execute(_ITEMS, {"case": case_id})
    return tuple(f.ItemFacts(**row._mapping) for row in rows)


def _books(session: Session, case_id: UUID) -> tuple[f.BookFacts, ...]:
    rows = session.execute(_BOOKS, {"case": case_id})
    return tuple(f.BookFacts(**row._mapping) for row in rows)


def _visits(session: Session, case_id: UUID) -> tuple[f.InspectionFacts, ...]:
    rows = session.execute(_VISITS, {"case": case_id})
    return tuple(
        f.InspectionFacts(inspectors=frozenset(inspectors), recorded_by=recorded_by)
        for inspectors, recorded_by in rows
    )


def _open_objections(session: Session, case_id: UUID) -> tuple[f.ObjectionFacts, ...]:
    rows = session.scalars(
        select(Objection)
        .where(Objection.case_id == case_id, Objection.decided_at.is_(None))
        .order_by(Objection.objected_at, Objection.id)
    )
    return tuple(
        f.ObjectionFacts(
            id=o.id, report_id=o.report_id, task_book_id=o.task_book_id, item_id=o.item_id
        )
        for o in rows
    )


def _listings(session: Session, case_id: UUID, zone: ZoneInfo) -> tuple[ListingFacts, ...]:
    return discipline.listing_facts(discipline.listings_of(session, case_id), zone)


#: Events by which somebody had a hand in finding, ordering or checking.
WORK = frozenset(
    {
        *(EventKind.INSPECTED, EventKind.TASK_BOOK_ISSUED, EventKind.CHECK_SIGNED),
        *(EventKind.REVIEW_PASSED, EventKind.REVIEW_FAILED),
    }
)


def _worked(
    session: Session, own: Sequence[Recorded], visits: Sequence[f.InspectionFacts]
) -> Mapping[UUID, str]:
    """Return who visited, ordered or checked, with their names."""
    acted = {event.person_id for event in own if event.kind in WORK and event.person_id}
    return names_of_people(session, acted.union(*(visit.inspectors for visit in visits)))


def _open_extensions(session: Session, case_id: UUID) -> tuple[f.ExtensionFacts, ...]:
    rows = session.scalars(
        select(Extension)
        .where(Extension.case_id == case_id, Extension.decided_at.is_(None))
        .order_by(Extension.asked_at, Extension.id)
    )
    return tuple(f.ExtensionFacts(id=e.id, item_id=e.item_id, asked_by=e.asked_by) for e in rows)


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


def _took_part(own: Sequence[Recorded], visits: Sequence[f.InspectionFacts]) -> frozenset[UUID]:
    # Steps of the ladder and rewards are about who answers or told, not about what was found.
    noted_only = {EventKind.NOTED, EventKind.RETURN_DECIDED, EventKind.OBJECTION_DECIDED}
    noted_only |= STEPS | REWARDS
    # A task that a ruling took away was withdrawn by it, not by having handled the case.
    ruled = {
        (event.person_id, event.payload.get("item"))
        for event in own
        if event.kind is EventKind.OBJECTION_DECIDED and event.payload.get("upheld")
    }
    acted = {
        event.person_id
        for event in own
        if event.person_id is not None
        and event.kind not in noted_only
        and not (
            event.kind is EventKind.ITEM_WITHDRAWN
            and (event.person_id, event.payload.get("item")) in ruled
        )
    }
    # Who visited had a part, whoever wrote it down.
    return frozenset(acted.union(*(visit.inspectors for visit in visits)))


def _other(session: Session, actor: Actor, command: c.Command | None) -> f.OtherCase | None:
    if not isinstance(command, c.Merge) or command.into_id is None:
        return None
    # The move has locked it: what the session read before it waited is of no use.
    wanted = select(Case).where(Case.id == command.into_id, visible_to(actor))
    other = session.scalar(wanted.execution_options(populate_existing=True))
    if other is None:
        return None
    return f.OtherCase(
        id=other.id,
        state=other.state,
        version=other.version,
        is_concluded=other.concluded_at is not None,
        unanswered=other.unanswered_count,
        hidden_from=frozenset(other.hidden_from),
    )


def _windows(actor: Actor, preset: Preset, clocks: tuple[Reading, ...]) -> f.Windows:
    dues: dict[str, datetime] = {}
    for reading in clocks:
        # Each report has its own time to object.
        is_anothers = reading.kind == "objection" and reading.subject != str(actor.report_id)
        if reading.due_at is not None and not is_anothers:
            dues[reading.kind] = reading.due_at
    return _spans(preset, dues.get("return_request"), dues.get("objection"))


def _spans(preset: Preset, return_due: Any, objection_due: Any) -> f.Windows:
    return f.Windows(
        take_back_minutes=preset.city.settings.take_back_minutes,
        set_aside_days=preset.limits.windows[SET_ASIDE_DAYS],
        pause_days_max=preset.limits.pause.max_days,
        return_due=return_due,
        objection_due=objection_due,
        listing_days_most=listing.most if (listing := preset.limits.limits.get(LISTING)) else None,
    )


def _risk(preset: Preset, command: c.Command | None) -> tuple[float, str] | None:
    if not isinstance(command, c.AssessRisk):
        return None
    found = assess(preset.taxonomy.risk_methods[command.method], dict(command.inputs))
    return (found.value, found.colour) if found else None
