"""The one function that moves a case, and those that start one."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import Table, delete, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor, Role
from portal.access.policy import require
from portal.accounts.queries import live_groups
from portal.attachments.queries import facts as facts_of_file
from portal.attachments.services import adopt, follow_report
from portal.cases import queries
from portal.cases.kinds import Priority, Source, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.changes import Changes, OtherChange, Row, TextOf, Words
from portal.cases.lifecycle.facts import Facts
from portal.cases.lifecycle.grams import grams
from portal.cases.lifecycle.moves import BY_COMMAND, Move, check
from portal.cases.models import Case, CaseSearch, ClockReading, NumberCounter, Objection
from portal.clocks.reading import Reading
from portal.foundation import secrets
from portal.foundation.clock import floored_to_hour
from portal.foundation.errors import Incomplete, Stale
from portal.history.kinds import EventKind, TextKind
from portal.history.queries import events_of
from portal.history.services import TextRef, keep_texts, new_text, record
from portal.inspections.models import Hazard, Inspection, RiskAssessment
from portal.integrations.store import ObjectStore
from portal.notices.services import cancel_notices, queue_notices
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.reports.kinds import PLACE_MAX, RELATION_LABELS, TEXT_MAX, TEXT_MIN
from portal.reports.lifecycle import File, draft_key, nonce_hash, receipt_code, receipt_hash
from portal.reports.models import Message, Report
from portal.reports.queries import by_nonce
from portal.reports.services import lock_nonce
from portal.routing.matters import matter_of
from portal.sealing.services import seal_contact
from portal.taskbooks.models import LinkUse, Review, TaskBook, TaskItem

#: Things on the road, by the name that their rows have in an event.
THINGS: Mapping[str, Any] = {
    "reports": Report,
    "messages": Message,
    "inspections": Inspection,
    "hazards": Hazard,
    "risk_assessments": RiskAssessment,
    "task_books": TaskBook,
    "task_items": TaskItem,
    "reviews": Review,
    "link_uses": LinkUse,
    "objections": Objection,
}
# The table, not the class: by that rows with and without a None would be sent apart.
CLOCK_READINGS = cast(Table, ClockReading.__table__)
#: What a reading says of a clock beyond which clock it is.
CLOCK_VALUES = ("started_at", "due_at", "stopped_at", "state", "provisional", "breached")


def move_case(
    session: Session,
    actor: Actor,
    command: c.Command,
    *,
    now: datetime,
    tell: bool = True,
    last: bool = True,
) -> Case:
    """Carry out one move of the table in `lifecycle` and return the case.

    `tell=False` queues no notices: for the demo's simulated past, of which nobody needs a mail.
    `last=False`: another move of the case follows in this unit of work, which keeps its clocks.
    Raises NotFound (404), NotAllowed (403), Stale and OutOfTurn (409), Incomplete (422).
    """
    case = _locked(session, actor, command)  # 1 load what is visible
    if command.seen != case.version:
        raise Stale(command.seen, case.version)
    move = BY_COMMAND[type(command)]
    require(actor, move.action, case)  # 2 policy
    # What a reporter does is stored no finer than the hour.
    at = floored_to_hour(now) if actor.role is Role.REPORTER else now
    facts = queries.facts_of(session, case, actor, now=now, command=command, stored_at=at)
    check(move, facts, command)  # 3 lifecycle
    changes = move.effect(facts, command, uuid4)  # 4 columns, things
    seq = _write(session, actor, move, case, facts, changes, at)  # 5 history
    preset = in_force(session, now)
    if changes.other:
        _write_other(session, actor, move, changes.other, at, preset)
    if isinstance(command, c.Split) and "new_case" in changes.facts:
        _open_part(session, actor, case, changes, command.part, at, preset, tell=tell)
    if changes.other or any(row.table == "reports" for row in changes.rows):
        session.expire(case, ["reports"])
    if last:
        # By the real moment: the events of the running hour count, too. It is not stored.
        _keep_clocks(session, case, preset, now=now)
        _keep_clocks_elsewhere(session, case, preset, now=now)
    _keep_grams(session, case, [words.body for words in changes.words])
    if move.event is EventKind.TAKEN_BACK:
        cancel_notices(session, case.id, EventKind.DISPATCHED)
    if tell:
        queue_notices(  # 6 notices
            session, actor, move.event, preset.notices, case_id=case.id, seq=seq, now=at
        )
    return case


def _locked(session: Session, actor: Actor, command: c.Command) -> Case:
    """Lock the case; where a second one changes too, both in the order of their ids."""
    second = command.into_id if isinstance(command, c.Merge) else None
    if isinstance(command, c.Split) and command.report_id:
        second = session.scalar(select(Report.origin_case_id).where(Report.id == command.report_id))
    if second is not None and second < command.case_id:
        _lock(session, second)
    case = queries.case_of(session, actor, command.case_id, lock=True)
    if second is not None and second > command.case_id:
        # Before the guards look at it: it could be closed between their look and the change.
        _lock(session, second)
    return case


def _lock(session: Session, case_id: UUID) -> None:
    session.execute(select(Case.id).where(Case.id == case_id).with_for_update())


def _write(
    session: Session,
    actor: Actor,
    move: Move,
    case: Case,
    facts: Facts,
    changes: Changes,
    at: datetime,
) -> int:
    """Write columns, things and words, and the event that gives them all."""
    texts = _keep_words(session, case.id, changes.words)
    rows = [_numbered(session, row, facts) for row in changes.rows]
    written = _write_rows(session, case.id, rows, {key: ref.id for key, ref in texts.items()})
    before = case.state
    case.state = changes.state or move.target or case.state
    for column, value in changes.set.items():
        setattr(case, column, value)
    case.version += 1
    session.flush()  # the event's fence reads the row
    return record(
        session,
        actor,
        move.event,
        at=at,
        case_id=case.id,
        case_version=case.version,
        from_state=before,
        to_state=case.state,
        payload={
            **changes.facts,
            "set": changes.set,
            "rows": written,
            "texts": texts,
        },
    )


def _keep_words(session: Session, case_id: UUID, words: Sequence[Words]) -> dict[str, TextRef]:
    """Keep all words of one event by one statement and return the references by their keys."""
    rows = {one.key: new_text(case_id, one.kind, one.body) for one in words}
    if rows:
        keep_texts(session, list(rows.values()))
    return {key: TextRef(row["id"], row["commitment"]) for key, row in rows.items()}


def _write_rows(
    session: Session, case_id: UUID, rows: Sequence[Row], texts: Mapping[str, UUID]
) -> dict[str, dict[str, Any]]:
    """Make or change rows of the things on the road and return them as the event holds them."""
    written: dict[str, dict[str, Any]] = {}
    for row in rows:
        values = {
            column: texts[value.key] if isinstance(value, TextOf) else value
            for column, value in row.values.items()
        }
        model = THINGS[row.table]
        if row.table == "reports" and "case_id" in values:
            follow_report(session, row.id, case_id=values["case_id"])
        if row.is_new:
            values["case_id"] = case_id
            session.execute(insert(model).values(id=row.id, **values))
        else:
            session.execute(
                update(model)
                .where(model.id == row.id)
                .values(**values)
                .execution_options(synchronize_session="fetch")
            )
        hidden = {"token_hash"} if row.is_new else set()
        shown = {column: value for column, value in values.items() if column not in hidden}
        written.setdefault(row.table, {})[str(row.id)] = shown
    return written


def _numbered(session: Session, row: Row, facts: Facts) -> Row:
    """Give a new task book its number and the hash of the token in the unit's link."""
    if row.table != "task_books" or not row.is_new:
        return row
    number = next_number(session, "task_book", facts.today.year)
    token = link_token(row.id)
    return Row(
        row.table,
        row.id,
        {
            **row.values,
            "number": f"{facts.today.year}-T{number:04d}",
            "token_hash": hashlib.sha256(token.encode()).digest(),
        },
    )


def link_token(book_id: UUID) -> str:
    """Return the secret in the unit's link: made again for each mail, never stored."""
    key = secrets.in_use().key("unit-link")
    return hmac.digest(key, b"link\x00" + book_id.bytes, "sha256")[:16].hex()


def next_number(session: Session, series: str, year: int, count: int = 1) -> int:
    """Return the first of `count` new numbers of a year; none is ever given out twice."""
    row = upsert(NumberCounter).values(series=series, year=year, next=count + 1)
    after = session.execute(
        row.on_conflict_do_update(
            index_elements=[NumberCounter.series, NumberCounter.year],
            set_={"next": NumberCounter.next + count},
        ).returning(NumberCounter.next)
    ).scalar_one()
    return int(after) - count


def _write_other(
    session: Session,
    actor: Actor,
    move: Move,
    change: OtherChange,
    at: datetime,
    preset: Preset,
) -> None:
    """Change the second case of a merge or split, with an event of its own."""
    other = session.scalar(
        select(Case)
        .where(Case.id == change.case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    assert other is not None  # noqa: S101  foreign keys have seen to it
    before = other.state
    if move.event is EventKind.SPLIT:
        other.state = _state_before_merge(session, other.id)
    for column, value in change.set.items():
        setattr(other, column, value)
    other.version += 1
    session.flush()
    record(
        session,
        actor,
        move.event,
        at=at,
        case_id=other.id,
        case_version=other.version,
        from_state=before,
        to_state=other.state,
        payload={**change.facts, "set": change.set, "rows": {}, "texts": {}},
    )
    session.expire(other, ["reports"])
    _keep_clocks(session, other, preset, now=at)


def _state_before_merge(session: Session, case_id: UUID) -> State:
    """Return the state that the merge ended: a split that undoes it gives it back."""
    merged = [
        event
        for event in events_of(session, case_id)
        if event.kind is EventKind.MERGED and "into" in event.payload
    ]
    return State(merged[-1].from_state or State.RECEIVED)


def _open_part(
    session: Session,
    actor: Actor,
    parent: Case,
    changes: Changes,
    part: str,
    at: datetime,
    preset: Preset,
    *,
    tell: bool,
) -> None:
    """Open the case of a part that is split off; it waits at the desk like a new report."""
    start = Start(
        id=changes.facts["new_case"],
        source=parent.source,
        kind=parent.kind,
        channel=parent.channel,
        jurisdiction=parent.jurisdiction,
        township=parent.township,
        desk_id=parent.desk_id,
        opened_at=at,
        split_from=parent.id,
        summary=part,
    )
    opened = _start_case(
        session,
        actor,
        EventKind.OPENED,
        start,
        preset,
        now=at,
        facts={"from": parent.id},
        tell=tell,
    )
    # Its clocks begin where those of the whole began: splitting wins no time.
    _keep_clocks(session, opened, preset, now=at)


@dataclass(frozen=True, kw_only=True)
class Start:
    """What is known of a case when it begins."""

    id: UUID
    source: Source
    kind: str
    channel: str
    jurisdiction: str | None
    desk_id: UUID
    opened_at: datetime
    township: str | None = None
    category: str | None = None
    sector: str | None = None
    unit_id: UUID | None = None
    split_from: UUID | None = None
    summary: str = ""
    state: State = State.RECEIVED
    also: Mapping[str, Any] | None = None


def first_columns(start: Start, number: str, summary_text_id: UUID | None) -> dict[str, Any]:
    """Return every column of a case that begins, but version and state."""
    return {
        "number": number,
        "source": start.source,
        "kind": start.kind,
        "channel": start.channel,
        "jurisdiction": start.jurisdiction,
        "township": start.township,
        "category": start.category,
        "sector": start.sector,
        "unit_id": start.unit_id,
        "summary_text_id": summary_text_id,
        "split_from": start.split_from,
        "desk_id": start.desk_id,
        "group_id": None,
        "handler_id": None,
        "priority": Priority.NORMAL,
        "suspected_major": False,
        "opened_at": start.opened_at,
        "accepted_at": None,
        "dispatched_at": None,
        "dispatched_by": None,
        "accepted_with_dispatch": False,
        "dispatch_count": 0,
        "signed_for_at": None,
        "ever_signed": False,
        "return_count": 0,
        "return_asked_at": None,
        "inspected_at": None,
        "verified_at": None,
        "finding": None,
        "concluded_at": None,
        "closed_at": None,
        "resolution": None,
        "reopen_count": 0,
        "withdrawn_at": None,
        "merged_into": None,
        "set_aside_until": None,
        "paused_at": None,
        "pause_days": 0,
        "unanswered_count": 0,
        "recused": [],
        **(start.also or {}),
    }


def _start_case(
    session: Session,
    actor: Actor,
    kind: EventKind,
    start: Start,
    preset: Preset,
    *,
    now: datetime,
    facts: Mapping[str, Any],
    rows: Sequence[Row] = (),
    words: Sequence[Words] = (),
    tell: bool = True,
) -> Case:
    year = now.astimezone(preset.limits.zone).year
    number = f"{year}-{next_number(session, 'case', year):04d}"
    if start.summary.strip():
        words = [*words, Words("summary", TextKind.SUMMARY, start.summary.strip())]
    texts = _keep_words(session, start.id, words)
    summary = texts["summary"].id if "summary" in texts else None
    columns = first_columns(start, number, summary)
    clocks = queries.first_clocks(
        session, start.id, kind, facts, calendar=preset.calendar, now=now, by=actor.role
    )
    case = Case(id=start.id, version=1, state=start.state, **columns, **nearest(clocks))
    session.add(case)
    session.flush()  # things refer to it
    written = _write_rows(session, case.id, rows, {key: ref.id for key, ref in texts.items()})
    for hidden in ("nonce_hash", "receipt_hash"):
        for values in written.get("reports", {}).values():
            values.pop(hidden, None)
    seq = record(
        session,
        actor,
        kind,
        at=now,
        case_id=case.id,
        case_version=1,
        to_state=case.state,
        payload={**facts, "set": columns, "rows": written, "texts": texts},
    )
    session.execute(insert(CLOCK_READINGS), list(clock_rows(case.id, clocks).values()))
    _keep_grams(session, case, [number, *(one.body for one in words)])
    if tell:
        queue_notices(session, actor, kind, preset.notices, case_id=case.id, seq=seq, now=now)
    return case


@dataclass(frozen=True)
class Filed:
    """What filing gives back; `is_new` is False where the form had been sent before."""

    report_id: UUID
    case_id: UUID
    is_new: bool


def file_report(
    session: Session,
    actor: Actor,
    command: File,
    *,
    nonce: bytes,
    now: datetime,
    store: ObjectStore | None = None,
    tell: bool = True,
) -> Filed:
    """Take in a report and start its case; sending the same form again gives the first result.

    `store` holds the draft's files, where there are any; `tell` as in `move_case`. Raises
    Incomplete (422) naming the field.
    """
    require(actor, Action.FILE)
    lock_nonce(session, nonce)
    sent = by_nonce(session, nonce)
    if sent is not None:
        return Filed(sent.id, sent.case_id, is_new=False)
    preset = in_force(session, now)
    _check_file(command, preset)
    at = floored_to_hour(now)
    report_id, case_id = uuid4(), uuid4()
    keyring = secrets.in_use()
    code = receipt_code(nonce, keyring.key("receipt-derivation"))
    contact_id = None
    if command.contact:
        contact_id = seal_contact(
            session, command.contact, context=report_id, entropy=token_bytes, now=at
        )
    files = []
    if command.files and store is not None:
        files = adopt(
            session,
            command.files,
            case_id=case_id,
            report_id=report_id,
            store=store,
            draft_key=draft_key(nonce, keyring.key("draft")),
            key=keyring.key("attachments"),
            entropy=token_bytes,
            now=now,
        )
    lon, lat = command.point or (None, None)
    report = Row(
        "reports",
        report_id,
        {
            "origin_case_id": case_id,
            "kind": command.kind,
            "channel": command.channel,
            "language": command.language,
            "text_id": TextOf("report"),
            "place_text_id": TextOf("place"),
            "jurisdiction": command.jurisdiction,
            "township": command.township,
            "claimed_category": command.claimed_category,
            "relation": command.relation,
            "lon": lon,
            "lat": lat,
            "datum": command.datum,
            "filed_at": at,
            "nonce_hash": nonce_hash(nonce),
            "receipt_hash": receipt_hash(code, keyring.key("receipt-lookup")),
            "contact_id": contact_id,
            "withdrawn_at": None,
            "answered_at": None,
            "answer_text_id": None,
            "solved": None,
            "satisfied": None,
            "rated_at": None,
        },
    )
    start = Start(
        id=case_id,
        source=Source.REPORT,
        kind=command.kind,
        channel=command.channel,
        jurisdiction=command.jurisdiction,
        township=command.township,
        desk_id=_desk_for(session, command, preset, now),
        opened_at=at,
    )
    _start_case(
        session,
        actor,
        EventKind.FILED,
        start,
        preset,
        now=at,
        facts={
            "report": report_id,
            "channel": command.channel,
            "files": [facts_of_file(file) for file in files],
        },
        rows=[report],
        words=[
            Words("report", TextKind.REPORT, command.text),
            Words("place", TextKind.PLACE, command.place),
        ],
        tell=tell,
    )
    return Filed(report_id, case_id, is_new=True)


def _check_file(command: File, preset: Preset) -> None:
    taxonomy = preset.taxonomy
    if len(command.text.strip()) < TEXT_MIN:
        raise Incomplete("text", "text_missing")
    if len(command.text) > TEXT_MAX:
        raise Incomplete("text", "text_too_long")
    if not command.place.strip() and command.point is None:
        raise Incomplete("place", "where_missing")
    if len(command.place) > PLACE_MAX:
        raise Incomplete("place", "where_too_long")
    if command.relation is not None and command.relation not in RELATION_LABELS:
        raise Incomplete("relation", "reason_unlisted")
    if command.kind not in taxonomy.report_kinds:
        raise Incomplete("kind", "kind_missing")
    if command.claimed_category and command.claimed_category not in taxonomy.categories:
        raise Incomplete("category", "category_missing")
    if command.jurisdiction and command.jurisdiction not in taxonomy.jurisdictions:
        raise Incomplete("jurisdiction", "place_missing")
    place = taxonomy.jurisdictions.get(command.jurisdiction or "")
    towns = {town.code for town in place.townships} if place else set()
    if command.township is not None and command.township not in towns:
        raise Incomplete("township", "place_missing")


def _desk_for(session: Session, command: File, preset: Preset, now: datetime) -> UUID:
    """Return the desk at which a report waits: the one that routing names, else the duty desk."""
    groups = live_groups(session, on=now.astimezone(preset.limits.zone).date()).values()
    by_code = {group.code: group for group in groups}
    matter = matter_of(
        preset.taxonomy,
        at=now.astimezone(preset.limits.zone),
        jurisdiction=command.jurisdiction,
        category=command.claimed_category,
        kind=command.kind,
        channel=command.channel,
    )
    target = by_code.get(queries.proposal(matter, preset, groups).to)
    if target is not None and target.kind == "desk":
        return target.id
    # Any desk that is left rather than none: a report is never turned away for want of one.
    any_desk = next((group for group in groups if group.kind == "desk"), None)
    duty = by_code.get(preset.routing.rules[-1].to) or any_desk
    if duty is None:
        raise Incomplete("", "no_desk")
    return duty.id


def _keep_clocks(
    session: Session, case: Case, preset: Preset, *, now: datetime, on_case: bool = True
) -> None:
    """Write what the clocks say into their cache, and the earliest due date onto the case."""
    found = queries.clocks_of(session, case, preset, as_of=now)
    table = CLOCK_READINGS
    kept = {
        (row.clock, row.subject, row.episode): dict(row._mapping)
        for row in session.execute(select(*table.columns).where(table.c.case_id == case.id))
    }
    rows = clock_rows(case.id, found)
    changed = [row for key, row in rows.items() if kept.get(key) != row]
    if changed:
        put = upsert(table)
        values = {name: put.excluded[name] for name in CLOCK_VALUES}
        session.execute(
            put.on_conflict_do_update(index_elements=list(table.primary_key), set_=values), changed
        )
    gone = kept.keys() - rows.keys()
    if gone:
        key = tuple_(table.c.clock, table.c.subject, table.c.episode)
        session.execute(delete(table).where(table.c.case_id == case.id, key.in_(gone)))
    if not on_case:
        return
    for column, value in nearest(found).items():
        setattr(case, column, value)


def clock_rows(
    case_id: UUID, found: Iterable[Reading]
) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Return the rows of the cache by clock, subject and episode."""
    rows = [clock_row(case_id, reading) for reading in found if reading.started_at is not None]
    return {(row["clock"], row["subject"], row["episode"]): row for row in rows}


def nearest(found: Iterable[Reading]) -> dict[str, Any]:
    """Return the earliest due date among running clocks and which one it is, as columns."""
    running = [r for r in found if r.is_open and r.due_at is not None and not r.window]
    nearest = min(running, key=lambda r: (r.due_at, r.kind), default=None)
    return {
        "next_due_at": nearest.due_at if nearest else None,
        "next_clock": nearest.kind if nearest else None,
    }


def _keep_clocks_elsewhere(session: Session, case: Case, preset: Preset, *, now: datetime) -> None:
    """Renew the readings of the cases in which reports were filed that are answered here.

    Not their rows: those are not locked, and a merged case has nothing due.
    """
    origins = {report.origin_case_id for report in case.reports} - {case.id}
    if not origins:
        return
    for origin in session.scalars(select(Case).where(Case.id.in_(origins)).order_by(Case.id)):
        _keep_clocks(session, origin, preset, now=now, on_case=False)


def clock_row(case_id: UUID, reading: Reading) -> dict[str, Any]:
    """Return a reading as its cache holds it."""
    return {
        "case_id": case_id,
        "clock": reading.kind,
        "subject": reading.subject,
        "episode": reading.episode,
        "started_at": reading.started_at,
        "due_at": reading.due_at,
        "stopped_at": reading.stopped_at,
        "state": str(reading.state),
        "provisional": reading.provisional,
        "breached": reading.breach,
    }


def _keep_grams(session: Session, case: Case, bodies: Sequence[str]) -> None:
    """Let search find the words that this move brought."""
    fresh = grams(*bodies)
    if not fresh:
        return
    put = upsert(CaseSearch).values(case_id=case.id, grams=fresh)
    session.execute(
        put.on_conflict_do_update(
            index_elements=[CaseSearch.case_id], set_={"grams": CaseSearch.grams + fresh}
        )
    )
