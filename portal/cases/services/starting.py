"""Beginning a case: a report that is filed, and what every beginning has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.accounts.queries import live_groups
from portal.attachments.queries import facts as facts_of_file
from portal.attachments.services import adopt
from portal.cases import queries
from portal.cases.kinds import Priority, Source, State
from portal.cases.lifecycle.changes import Row, TextOf, Words
from portal.cases.models import Case
from portal.cases.services.writing import (
    NEW_CLOCKS,
    clock_rows,
    keep_grams,
    keep_words,
    nearest,
    next_number,
    write_rows,
)
from portal.foundation import secrets
from portal.foundation.clock import floored_to_hour
from portal.foundation.errors import Incomplete
from portal.history.kinds import EventKind, TextKind
from portal.history.services import record
from portal.integrations.store import ObjectStore
from portal.notices.services import queue_notices
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.reports.kinds import PLACE_MAX, RELATION_LABELS, TEXT_MAX, TEXT_MIN
from portal.reports.lifecycle import (
    File,
    draft_key,
    is_answer,
    kept_answers,
    nonce_hash,
    receipt_code,
    receipt_hash,
)
from portal.reports.queries import by_nonce
from portal.reports.services import lock_nonce
from portal.routing.datum import DATUMS
from portal.routing.matters import matter_of
from portal.sealing.services import seal_contact
from portal.units.queries import unit_exists

#: A letter that is taken down later than this is a slip of the pen in its date.
LONGEST_ON_THE_WAY = timedelta(days=366)


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
        "slow_lane": False,
        "paused_at": None,
        "pause_days": 0,
        "unanswered_count": 0,
        "recused": [],
        "hidden_from": [],
        **(start.also or {}),
    }


def start_case(
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
    texts = keep_words(session, start.id, words)
    summary = texts["summary"].id if "summary" in texts else None
    columns = first_columns(start, number, summary)
    clocks = queries.first_clocks(
        session, start.id, kind, facts, calendar=preset.calendar, now=now, by=actor.role
    )
    case = Case(id=start.id, version=1, state=start.state, **columns, **nearest(clocks))
    session.add(case)
    session.flush()  # things refer to it
    written = write_rows(session, case.id, rows, {key: ref.id for key, ref in texts.items()})
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
    session.execute(NEW_CLOCKS, list(clock_rows(case.id, clocks).values()))
    # What is kept as codes is nothing that anybody looks for.
    readable = [one.body for one in words if one.kind is not TextKind.ANSWERS]
    keep_grams(session, case, [number, *readable])
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
    about: UUID | None = None,
    hidden_from: Sequence[UUID] = (),
) -> Filed:
    """Take in a report and start its case; sending the same form again gives the first result.

    `about` is the case that it complains of, `hidden_from` whoever handled that.
    `store` holds the draft's files, where there are any; `tell` as in `move_case`. Raises
    Incomplete (422) naming the field.
    """
    require(actor, Action.FILE)
    lock_nonce(session, nonce)
    sent = by_nonce(session, nonce)
    if sent is not None:
        return Filed(sent.id, sent.case_id, is_new=False)
    preset = in_force(session, now)
    check_file(command, preset, now)
    if command.claimed_unit is not None and not unit_exists(session, command.claimed_unit):
        raise Incomplete("place", "where_missing")
    at = floored_to_hour(now)
    arrived = floored_to_hour(command.arrived_at) if command.arrived_at else None
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
            "claimed_unit_id": command.claimed_unit,
            "said_same_as": list(command.said_same_as),
            "answers_text_id": TextOf("answers") if command.answers else None,
            "lon": lon,
            "lat": lat,
            "datum": command.datum,
            "filed_at": arrived or at,
            "nonce_hash": nonce_hash(nonce),
            "receipt_hash": receipt_hash(code, keyring.key("receipt-lookup")),
            "contact_id": contact_id,
            "withdrawn_at": None,
            "answered_at": None,
            "answer_text_id": None,
            "contacted": None,
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
        also={"slow_lane": command.slow_lane, "hidden_from": list(hidden_from)},
    )
    start_case(
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
            **({"arrived_at": arrived.isoformat()} if arrived else {}),
            **({"about": about} if about else {}),
        },
        rows=[report],
        words=[
            Words("report", TextKind.REPORT, command.text),
            Words("place", TextKind.PLACE, command.place),
            *_answers(command, preset),
        ],
        tell=tell,
    )
    return Filed(report_id, case_id, is_new=True)


def _answers(command: File, preset: Preset) -> list[Words]:
    """Return the answers as words of the report: erased with it, and in no event."""
    if not command.answers:
        return []
    category = command.claimed_category or ""
    kept = kept_answers(preset.taxonomy.version, category, command.answers)
    return [Words("answers", TextKind.ANSWERS, kept)]


def check_file(command: File, preset: Preset, now: datetime) -> None:
    """Raise Incomplete naming the field for what no report may lack or hold."""
    taxonomy = preset.taxonomy
    if command.arrived_at and not now - LONGEST_ON_THE_WAY <= command.arrived_at <= now:
        raise Incomplete("arrived_on", "arrival_impossible")
    if len(command.text.strip()) < TEXT_MIN:
        raise Incomplete("text", "text_missing")
    if len(command.text) > TEXT_MAX:
        raise Incomplete("text", "text_too_long")
    if not command.place.strip() and command.point is None:
        raise Incomplete("place", "where_missing")
    if command.point is not None and not _on_earth(*command.point):
        raise Incomplete("place", "where_missing")
    if len(command.place) > PLACE_MAX:
        raise Incomplete("place", "where_too_long")
    if command.relation is not None and command.relation not in RELATION_LABELS:
        raise Incomplete("relation", "reason_unlisted")
    if command.kind not in taxonomy.report_kinds:
        raise Incomplete("kind", "kind_missing")
    if command.claimed_category and command.claimed_category not in taxonomy.categories:
        raise Incomplete("category", "category_missing")
    if command.datum not in ((None,) if command.point is None else DATUMS):
        raise Incomplete("place", "where_missing")
    category = taxonomy.categories.get(command.claimed_category or "")
    questions = {one.code: one for one in category.questions} if category else {}
    for code, value in command.answers.items():
        if code not in questions or not is_answer(questions[code], value):
            raise Incomplete(f"q_{code}", "reason_unlisted")
    if command.jurisdiction and command.jurisdiction not in taxonomy.jurisdictions:
        raise Incomplete("jurisdiction", "place_missing")
    place = taxonomy.jurisdictions.get(command.jurisdiction or "")
    towns = {town.code for town in place.townships} if place else set()
    if command.township is not None and command.township not in towns:
        raise Incomplete("township", "place_missing")


def _on_earth(lon: float, lat: float) -> bool:
    # Comparisons with what is no number are false.
    return -180 <= lon <= 180 and -90 <= lat <= 90


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
    return duty_desk(session, preset, now)


def duty_desk(session: Session, preset: Preset, now: datetime) -> UUID:
    """Return the desk to which the last rule sends. Raises Incomplete without any desk."""
    groups = live_groups(session, on=now.astimezone(preset.limits.zone).date()).values()
    by_code = {group.code: group for group in groups}
    # Any desk that is left rather than none: a report is never turned away for want of one.
    any_desk = next((group for group in groups if group.kind == "desk"), None)
    duty = by_code.get(preset.routing.rules[-1].to) or any_desk
    if duty is None:
        raise Incomplete("", "no_desk")
    return duty.id
