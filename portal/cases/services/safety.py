"""Whether reporting brought somebody harm; a yes passes over those who handled the report."""

import hmac
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor, Role
from portal.access.policy import require
from portal.cases import queries
from portal.cases.queries.safety import RETALIATION, question_of
from portal.cases.services.starting import Filed, file_report
from portal.foundation import secrets
from portal.foundation.clock import floored_to_hour
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn
from portal.history.kinds import EventKind
from portal.history.queries import Recorded, words
from portal.history.services import record
from portal.notices.services import queue_notices
from portal.presets.queries import in_force
from portal.reports.kinds import TEXT_MIN
from portal.reports.lifecycle import File, receipt_code
from portal.reports.models import Report, SafetyAnswer

HANDLING = frozenset({Role.MEMBER, Role.LEAD})


def tell_safety(
    session: Session, actor: Actor, *, harmed: bool | None, said: str, now: datetime
) -> Filed | None:
    """Take the answer of a reporter who is asked just now; return the report that a yes became.

    Answer and event stand in no case. A yes is filed as a report of retaliation with a receipt of
    its own, hidden from every group and person that handled the first. Raises NotFound (404),
    OutOfTurn (409) where nothing is asked, Incomplete (422).
    """
    report = session.get(Report, actor.report_id) if actor.report_id else None
    if report is None:
        raise NotFound(actor.report_id)
    # Locked, so that two presses become one answer.
    case = queries.case_of(session, actor, report.case_id, lock=True)
    require(actor, Action.TELL_SAFETY, case)
    preset = in_force(session, now)
    asked = question_of(session, report, preset, now=now)
    if asked is None:
        raise OutOfTurn("safety_not_asked")
    if harmed is None:
        raise Incomplete("harmed", "safety_missing")
    if harmed and len(said.strip()) < TEXT_MIN:
        raise Incomplete("said", "harm_missing")
    matter = _filed(session, actor, report, asked, said.strip(), now) if harmed else None
    at = floored_to_hour(now)
    session.add(
        SafetyAnswer(
            report_id=report.id,
            asked_after=asked,
            harmed=harmed,
            at=at,
            matter_id=matter.report_id if matter else None,
        )
    )
    told = {"report": report.id, "asked_after": asked, "harmed": harmed}
    became = {"matter": matter.case_id} if matter else {}
    seq = record(session, actor, EventKind.SAFETY_TOLD, at=at, payload={**told, **became})
    if matter:
        queue_notices(
            session,
            actor,
            EventKind.SAFETY_TOLD,
            preset.notices,
            case_id=matter.case_id,
            seq=seq,
            now=now,
        )
    return matter


def matter_code(report_id: UUID, asked_after: int) -> str:
    """Return the receipt code of the report that a yes became: made again each time."""
    return receipt_code(_nonce(report_id, asked_after), secrets.in_use().key("receipt-derivation"))


def _nonce(report_id: UUID, asked_after: int) -> bytes:
    key = secrets.in_use().key("safety-question")
    return hmac.digest(key, report_id.bytes + asked_after.to_bytes(2), "sha256")[:16]


def _filed(
    session: Session, actor: Actor, report: Report, asked: int, said: str, now: datetime
) -> Filed:
    events = queries.events_about(session, report)
    place = words(session, [report.place_text_id]).get(report.place_text_id)
    case = queries.case_of(session, actor, report.case_id)
    return file_report(
        session,
        actor,
        File(
            text=said,
            # Erased: the case that it is about is named to those who read it.
            place=place or "—",
            kind=RETALIATION,
            jurisdiction=case.jurisdiction,
            township=case.township,
            language=report.language,
        ),
        nonce=_nonce(report.id, asked),
        now=now,
        about=case.id,
        hidden_from=sorted(_handled_by(events), key=str),
    )


def _handled_by(events: Iterable[Recorded]) -> set[UUID]:
    """Return every group that ever had the case, and everybody who acted in it for a group."""
    found: set[UUID] = set()
    for event in events:
        if group := event.payload.get("set", {}).get("group_id"):
            found.add(UUID(str(group)))
        if event.role in HANDLING and event.person_id is not None:
            found.add(event.person_id)
    return found
