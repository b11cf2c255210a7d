"""Inside reports where they touch cases: filed by the same rules, taken up, taken outside."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.kinds import Actor, Role
from portal.attachments.kinds import Purpose
from portal.attachments.queries import facts as facts_of_file
from portal.attachments.queries import of_things
from portal.attachments.services import give_again
from portal.cases import queries
from portal.cases.lifecycle import commands as c
from portal.cases.services.handing_up import enter_own_hazard
from portal.cases.services.road import move_case
from portal.cases.services.starting import check_file, file_report
from portal.foundation import secrets
from portal.foundation.errors import OutOfTurn
from portal.history.queries import words
from portal.integrations.store import ObjectStore
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.reports.kinds import RELATION_LABELS
from portal.reports.lifecycle import File, is_answer, outside_nonce, read_answers, receipt_code
from portal.selfinspections import services as own
from portal.selfinspections.services import TakenIn

#: So long after the hour in which it went outside its new code is shown to who asks again.
SHOWN_AGAIN = timedelta(hours=2)


def file_inside(
    session: Session,
    actor: Actor,
    command: File,
    *,
    nonce: bytes,
    now: datetime,
    store: ObjectStore | None = None,
) -> TakenIn:
    """Take in a report for its unit alone: held to what every report is, and no case begins.

    Raises Incomplete naming the field, or where the unit takes none.
    """
    preset = in_force(session, now)
    check_file(command, preset, now)
    return own.take_in(session, actor, command, preset, nonce=nonce, now=now, store=store)


def take_up_inside(
    session: Session,
    actor: Actor,
    preset: Preset,
    report_id: UUID,
    *,
    said: str,
    category: str,
    major: bool,
    now: datetime,
    tell: bool = True,
) -> UUID:
    """Make an inside report a hazard of the unit's own, in the unit's words; return the hazard.

    Staff read own hazards: the reporter's words are not among them. Raises NotAllowed, NotFound,
    OutOfTurn, Incomplete naming the field.
    """
    row = own.to_take_up(session, actor, report_id, now=now)
    hazard = enter_own_hazard(
        session, actor, preset, said=said, category=category, major=major, now=now, tell=tell
    )
    own.mark_taken_up(session, actor, row, hazard, now=now)
    return hazard


@dataclass(frozen=True, slots=True)
class Outside:
    """The report that an inside report became, with the code that opens it."""

    report_id: UUID
    code: str
    is_new: bool


def take_outside(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    store: ObjectStore | None = None,
    tell: bool = True,
    may_file: bool = True,
) -> Outside | None:
    """File an inside report outside, with its text and files, now; pressed twice, filed once.

    It has a code of its own, shown again within the hours after the press to whoever has the
    inside code, and never later. `may_file` False: only look, None where it was not taken outside
    or no more is shown. The unit's own record of it stays as it was. Raises NotAllowed, NotFound,
    OutOfTurn once the code is shown no more.
    """
    row = own.to_take_outside(session, actor, lock=may_file)
    keyring = secrets.in_use()
    nonce = outside_nonce(row.id, keyring.key("safety-question"))
    code = receipt_code(nonce, keyring.key("receipt-derivation"))
    if row.outside_report_id is not None and row.outside_at is not None:
        if now < row.outside_at + SHOWN_AGAIN:
            return Outside(row.outside_report_id, code, is_new=False)
        if may_file:
            raise OutOfTurn("inside_outside_already")
        return None
    if not may_file:
        return None
    command = _as_report(session, row, in_force(session, now))
    filed = file_report(
        session, Actor(role=Role.REPORTER), command, nonce=nonce, now=now, tell=tell
    )
    if store is not None:
        _files_along(session, row.id, filed.report_id, filed.case_id, store, now, tell=tell)
    own.mark_outside(session, actor, row, filed.report_id, now=now)
    return Outside(filed.report_id, code, is_new=True)


def _as_report(session: Session, row: own.Inside, preset: Preset) -> File:
    """Return what was said inside as a report; what is in no list any more is left to the desk."""
    said = words(session, filter(None, (row.text_id, row.place_text_id, row.answers_text_id)))
    taxonomy = preset.taxonomy
    category = taxonomy.categories.get(row.category or "")
    questions = {one.code: one for one in category.questions} if category else {}
    kept = said.get(row.answers_text_id) if row.answers_text_id else None
    answers = read_answers(kept)[2] if kept else {}
    place = taxonomy.jurisdictions.get(row.jurisdiction or "")
    towns = {town.code for town in place.townships} if place else set()
    return File(
        # Erased meanwhile: it cannot be said again, and the desk reads as much.
        text=said.get(row.text_id) or "——",
        place=said.get(row.place_text_id) or "—",
        jurisdiction=row.jurisdiction if place else None,
        township=row.township if row.township in towns else None,
        claimed_category=row.category if category else None,
        relation=row.relation if row.relation in RELATION_LABELS else None,
        claimed_unit=row.unit_id,
        answers={
            code: value
            for code, value in answers.items()
            if code in questions and is_answer(questions[code], value)
        },
        language=row.language,
        channel=row.channel,
        point=(row.lon, row.lat) if row.lon is not None and row.lat is not None else None,
        datum=row.datum,
    )


def _files_along(
    session: Session,
    inside_id: UUID,
    report_id: UUID,
    case_id: UUID,
    store: ObjectStore,
    now: datetime,
    *,
    tell: bool,
) -> None:
    """Give the report files of its own: the unit goes on seeing those that it was given."""
    held = of_things(session, [inside_id])[inside_id]
    if not held:
        return
    rows = give_again(
        session,
        held,
        case_id=case_id,
        report_id=report_id,
        purpose=Purpose.REPORT,
        store=store,
        key=secrets.in_use().key("attachments"),
        entropy=token_bytes,
        now=now,
    )
    reporter = Actor(role=Role.REPORTER, report_id=report_id)
    case = queries.case_of(session, reporter, case_id, lock=True)
    files = tuple(facts_of_file(row) for row in rows)
    evidence = c.AddEvidence(case_id=case_id, seen=case.version, files=files, report_id=report_id)
    move_case(session, reporter, evidence, now=now, tell=tell)
