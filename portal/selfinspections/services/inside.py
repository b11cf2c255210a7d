"""Inside reports: the door of a unit, what comes in by it, what the unit does about it.

That one was taken outside is written here and read by no service of the unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.access.kinds import SYSTEM, Action, Actor
from portal.access.policy import require
from portal.attachments.kinds import Purpose
from portal.attachments.queries import facts as facts_of_file
from portal.attachments.services import adopt
from portal.clocks.days import days_of
from portal.foundation import secrets
from portal.foundation.clock import floored_to_hour
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn
from portal.history.kinds import EventKind, TextKind
from portal.history.queries import words as words_of
from portal.history.services import record
from portal.integrations.store import ObjectStore
from portal.notices.services import queue_notices
from portal.presets.kinds import Preset
from portal.reports.lifecycle import (
    File,
    draft_key,
    kept_answers,
    nonce_hash,
    receipt_code,
    receipt_hash,
)
from portal.reports.services import lock_nonce
from portal.selfinspections import queries
from portal.selfinspections.kinds import Act, InsideState, Signer
from portal.selfinspections.lifecycle import inside_due, read_before, signer_of
from portal.selfinspections.models import InsideDoor, InsideMessage, InsideReport
from portal.selfinspections.services.hazards import wait_for_unit
from portal.selfinspections.services.writing import keep_words, own_person, own_unit, tell

#: What `to_take_outside` returns; rooms above name it so and need not know the table.
Inside = InsideReport
#: So many reports are told of in one unit of work.
TOLD_AT_ONCE = 500


# the door


def open_door(
    session: Session,
    actor: Actor,
    preset: Preset,
    *,
    readers: str,
    name: str,
    post: str,
    now: datetime,
) -> None:
    """Let a unit take inside reports, or say anew who reads them.

    Whoever answers for the unit signs it with name and post, as a declaration. Raises NotAllowed,
    OutOfTurn for a unit that takes no part, Incomplete naming the field.
    """
    require(actor, Action.SWITCH_INSIDE)
    unit_id = own_unit(actor)
    wait_for_unit(session, unit_id)
    if queries.since(session, unit_id) is None or preset.self_inspection.inside_days is None:
        raise OutOfTurn("inside_not_in")
    readers, name, post = readers.strip(), name.strip(), post.strip()
    if not readers:
        raise Incomplete("readers", "inside_readers_missing")
    for field, said in (("name", name), ("post", post)):
        if not said:
            raise Incomplete(field, "signer_missing")
    today = now.astimezone(preset.limits.zone).date()
    signer = signer_of(name, post, queries.named_principals(session, unit_id, now=now), today)
    if signer is Signer.LEFT:
        raise Incomplete("post", "signer_left")
    texts = keep_words(
        session,
        {"readers": (TextKind.WHO, readers), "who": (TextKind.WHO, f"{name}\n{post}")},
    )
    door = session.get(InsideDoor, unit_id)
    given: dict[str, Any] = {
        "readers_text_id": texts["readers"].id,
        "who_text_id": texts["who"].id,
        "signer": signer,
        "opened_at": now,
        "opened_by": own_person(actor),
        "closed_at": None,
    }
    if door is None:
        session.add(InsideDoor(unit_id=unit_id, **given))
    else:
        for column, value in given.items():
            setattr(door, column, value)
    session.flush()
    tell(session, actor, unit_id, Act.INSIDE_OPENED, now=now, signer=signer, texts=texts)


def close_door(session: Session, actor: Actor, *, now: datetime) -> None:
    """Take no more inside reports; those that came in go on. A second press changes nothing."""
    require(actor, Action.SWITCH_INSIDE)
    unit_id = own_unit(actor)
    door = session.get(InsideDoor, unit_id, with_for_update=True)
    if door is None or door.closed_at is not None:
        return
    door.closed_at = now
    session.flush()
    tell(session, actor, unit_id, Act.INSIDE_CLOSED, now=now)


# coming in


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came in; `is_new` is False where the form had been sent before."""

    id: UUID
    is_new: bool


def take_in(
    session: Session,
    actor: Actor,
    command: File,
    preset: Preset,
    *,
    nonce: bytes,
    now: datetime,
    store: ObjectStore | None = None,
) -> TakenIn:
    """Take in a report for the unit alone; sent again it gives the first result.

    No contact is kept, whatever was typed. Whoever calls has checked what a report must hold.
    Raises Incomplete where the unit takes none (any more).
    """
    require(actor, Action.FILE)
    lock_nonce(session, nonce)
    sent = queries.inside_by_nonce(session, nonce)
    if sent is not None:
        return TakenIn(sent, is_new=False)
    unit_id, days = command.claimed_unit, preset.self_inspection.inside_days
    if unit_id is None or days is None:
        raise Incomplete("", "inside_closed")
    wait_for_unit(session, unit_id)
    if queries.door_of(session, unit_id) is None:
        raise Incomplete("", "inside_closed")
    at, keyring = floored_to_hour(now), secrets.in_use()
    code = receipt_code(nonce, keyring.key("receipt-derivation"))
    said = {
        "report": (TextKind.REPORT, command.text),
        "place": (TextKind.PLACE, command.place.strip() or "—"),
    }
    if command.answers:
        category = command.claimed_category or ""
        kept = kept_answers(preset.taxonomy.version, category, command.answers)
        said["answers"] = (TextKind.ANSWERS, kept)
    texts = keep_words(session, said)
    lon, lat = command.point or (None, None)
    highest = select(func.max(InsideReport.number)).where(InsideReport.unit_id == unit_id)
    row = InsideReport(
        id=uuid4(),
        unit_id=unit_id,
        number=1 + (session.scalar(highest) or 0),
        text_id=texts["report"].id,
        place_text_id=texts["place"].id,
        answers_text_id=texts["answers"].id if "answers" in texts else None,
        category=command.claimed_category,
        language=command.language,
        channel=command.channel,
        relation=command.relation,
        jurisdiction=command.jurisdiction,
        township=command.township,
        lon=lon,
        lat=lat,
        datum=command.datum,
        filed_at=at,
        due_on=inside_due(now.astimezone(preset.limits.zone).date(), days, preset.calendar),
        nonce_hash=nonce_hash(nonce),
        receipt_hash=receipt_hash(code, keyring.key("receipt-lookup")),
        state=InsideState.WAITING,
    )
    session.add(row)
    session.flush()
    files = _adopted(session, row.id, command, nonce, store, now)
    about: dict[str, Any] = {"inside": row.id, "number": row.number, "category": row.category}
    about |= {"due_on": row.due_on, "files": files, "texts": texts}
    tell(session, actor, unit_id, Act.INSIDE_FILED, now=at, **about)
    return TakenIn(row.id, is_new=True)


def _adopted(
    session: Session,
    report_id: UUID,
    command: File,
    nonce: bytes,
    store: ObjectStore | None,
    now: datetime,
) -> list[dict[str, Any]]:
    """Keep the draft's files with the report; return what the event holds of them."""
    if not command.files or store is None:
        return []
    keyring = secrets.in_use()
    rows = adopt(
        session,
        command.files,
        case_id=report_id,
        report_id=report_id,
        purpose=Purpose.INSIDE,
        thing_id=report_id,
        store=store,
        draft_key=draft_key(nonce, keyring.key("draft")),
        key=keyring.key("attachments"),
        entropy=token_bytes,
        now=now,
    )
    return [facts_of_file(row) for row in rows]


# both sides


def say(session: Session, actor: Actor, report_id: UUID, body: str, *, now: datetime) -> None:
    """Add to the thread; the same words twice in a row are one message.

    Raises NotFound for what is not the actor's, Incomplete.
    """
    require(actor, Action.SAY_INSIDE)
    row = _held(session, actor, report_id, now)
    if not body.strip():
        raise Incomplete("body", "inside_message_missing")
    by_unit = actor.unit_id is not None
    if queries.last_said(session, report_id) == (by_unit, body.strip()):
        return
    at = now if by_unit else floored_to_hour(now)
    texts = keep_words(session, {"message": (TextKind.MESSAGE, body.strip())})
    message = InsideMessage(
        id=uuid4(),
        report_id=row.id,
        by_unit=by_unit,
        text_id=texts["message"].id,
        at=at,
        person_id=actor.person_id if by_unit else None,
    )
    session.add(message)
    session.flush()
    about = {"inside": row.id, "message": message.id, "by_unit": by_unit, "texts": texts}
    tell(session, actor, row.unit_id, Act.INSIDE_SAID, now=at, **about)


# the unit


def answer(session: Session, actor: Actor, report_id: UUID, words: str, *, now: datetime) -> None:
    """Give the answer that the reporter reads. Raises NotFound, OutOfTurn, Incomplete."""
    _end(session, actor, report_id, words, InsideState.ANSWERED, now)


def reject(session: Session, actor: Actor, report_id: UUID, words: str, *, now: datetime) -> None:
    """Say why nothing is done. Raises NotFound, OutOfTurn, Incomplete."""
    _end(session, actor, report_id, words, InsideState.REJECTED, now)


def _end(
    session: Session, actor: Actor, report_id: UUID, words: str, state: InsideState, now: datetime
) -> None:
    require(actor, Action.ANSWER_INSIDE)
    row = _held(session, actor, report_id, now)
    is_answer = state is InsideState.ANSWERED
    # What was made an own hazard is answered at its end, and no more rejected.
    takes = (InsideState.WAITING, InsideState.TAKEN_UP) if is_answer else (InsideState.WAITING,)
    if row.state is state and _said_before(session, row, words):
        return
    if row.state not in takes:
        raise OutOfTurn("inside_over")
    if not words.strip():
        lack = "inside_answer_missing" if is_answer else "inside_reason_missing"
        raise Incomplete("words", lack)
    kind = TextKind.ANSWER if is_answer else TextKind.REASON
    texts = keep_words(session, {"answer": (kind, words.strip())})
    row.answer_text_id = texts["answer"].id
    _reacted(session, actor, row, state, now)
    act = Act.INSIDE_ANSWERED if is_answer else Act.INSIDE_REJECTED
    tell(session, actor, row.unit_id, act, now=now, inside=row.id, texts=texts)


def _said_before(session: Session, row: InsideReport, said: str) -> bool:
    """Say whether this very answer was given: a second press of one button."""
    given = words_of(session, filter(None, [row.answer_text_id]))
    return list(given.values()) == [said.strip()]


def to_take_up(session: Session, actor: Actor, report_id: UUID, *, now: datetime) -> InsideReport:
    """Return a report that can be made an own hazard, locked. Raises NotFound, OutOfTurn."""
    require(actor, Action.ANSWER_INSIDE)
    row = _held(session, actor, report_id, now)
    if row.hazard_id is not None:
        raise OutOfTurn("inside_hazard_already")
    if row.state is not InsideState.WAITING:
        raise OutOfTurn("inside_over")
    return row


def mark_taken_up(
    session: Session, actor: Actor, row: InsideReport, hazard_id: UUID, *, now: datetime
) -> None:
    """Keep which own hazard a report became; whoever makes it calls this in the same change."""
    row.hazard_id = hazard_id
    _reacted(session, actor, row, InsideState.TAKEN_UP, now)
    about = {"inside": row.id, "hazard": hazard_id}
    tell(session, actor, row.unit_id, Act.INSIDE_TAKEN_UP, now=now, **about)


def _reacted(
    session: Session, actor: Actor, row: InsideReport, state: InsideState, now: datetime
) -> None:
    row.state = state
    if row.answered_at is None:
        row.answered_at, row.answered_by = now, own_person(actor)
    session.flush()


def _held(session: Session, actor: Actor, report_id: UUID, now: datetime) -> InsideReport:
    """Lock a report of the actor's unit that it reads by now, or the one whose code was given."""
    row = session.get(InsideReport, report_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(report_id)
    if actor.inside_id is not None and actor.inside_id == row.id:
        return row
    if actor.unit_id is None or own_unit(actor) != row.unit_id or row.filed_at >= read_before(now):
        raise NotFound(report_id)
    return row


# outside


def to_take_outside(session: Session, actor: Actor, *, lock: bool = True) -> InsideReport:
    """Return the report whose code was given, locked unless it is only looked at.

    Raises NotAllowed, NotFound.
    """
    require(actor, Action.TAKE_OUTSIDE)
    row = session.get(InsideReport, actor.inside_id, with_for_update=lock, populate_existing=True)
    if row is None:
        raise NotFound(actor.inside_id)
    return row


def mark_outside(
    session: Session, actor: Actor, row: InsideReport, outside: UUID, *, now: datetime
) -> None:
    """Keep as which report it went outside. Neither state nor day of it changes by that."""
    row.outside_at, row.outside_report_id = floored_to_hour(now), outside
    session.flush()
    about = {"inside": row.id, "report": outside}
    tell(
        session, actor, row.unit_id, Act.INSIDE_TAKEN_OUTSIDE, now=floored_to_hour(now), **about
    )  # fmt: skip


# telling the unit


def tell_of_inside(session: Session, preset: Preset, *, now: datetime) -> int:
    """Tell units on working days of what waits for an answer, and once more of what is late.

    Returns how many reports were told of; with as many as are told of at once there may be more.
    """
    today = now.astimezone(preset.limits.zone).date()
    if not days_of(preset.calendar).is_working(today):
        return 0
    count = 0
    for kind, column, rows in (
        (EventKind.INSIDE_LATE, "late_told_at", _untold_late(session, today)),
        (EventKind.INSIDE_WAITING, "told_at", _untold(session, now)),
    ):
        for row in rows:
            setattr(row, column, now)
            payload = {"unit": row.unit_id, "inside": row.id}
            seq = record(session, SYSTEM, kind, at=now, payload=payload)
            queue_notices(session, SYSTEM, kind, preset.notices, case_id=None, seq=seq, now=now)
            count += 1
        session.flush()
    return count


def _untold(session: Session, now: datetime) -> Sequence[InsideReport]:
    wanted = select(InsideReport).where(
        InsideReport.state == InsideState.WAITING,
        InsideReport.told_at.is_(None),
        InsideReport.filed_at < read_before(now),
    )
    return _locked(session, wanted)


def _untold_late(session: Session, today: Any) -> Sequence[InsideReport]:
    wanted = select(InsideReport).where(
        InsideReport.state == InsideState.WAITING,
        InsideReport.late_told_at.is_(None),
        InsideReport.due_on < today,
    )
    rows = _locked(session, wanted)
    # Told that it is late, nobody need be told that it waits.
    ids = [row.id for row in rows if row.told_at is None]
    session.execute(update(InsideReport).where(InsideReport.id.in_(ids)).values(told_at=func.now()))
    return rows


def _locked(session: Session, wanted: Any) -> Sequence[InsideReport]:
    ordered = wanted.order_by(InsideReport.due_on, InsideReport.id).limit(TOLD_AT_ONCE)
    rows: Sequence[InsideReport] = session.scalars(ordered.with_for_update(skip_locked=True)).all()
    return rows
