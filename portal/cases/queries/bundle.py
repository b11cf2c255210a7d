"""The evidence for a proposal of accountability: what staff and units wrote and gave, and events.

It leaves the house. Of what reporters wrote and gave nothing goes along: they name themselves
more often than they know. An event that tells of a report is there by its leaf alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor, Role
from portal.access.policy import require
from portal.attachments.kinds import Purpose
from portal.attachments.kinds import State as FileState
from portal.attachments.models import Attachment
from portal.attachments.queries import of_case
from portal.cases.models import Case
from portal.cases.queries.facts import case_of
from portal.discipline.kinds import Step
from portal.discipline.models import DisciplinaryStep
from portal.discipline.queries import step_of
from portal.foundation.errors import NotFound
from portal.history.kinds import EventKind, TextKind
from portal.history.lifecycle import leaf_entry
from portal.history.queries import KeptWords, Recorded, events_of

#: Words that are shown, if a reporter did not write them. What is written to or about reporters
#: is not among them.
SHOWN = frozenset(
    {
        *(TextKind.REASON, TextKind.FINDING, TextKind.HAZARD, TextKind.TASK),
        *(TextKind.STATEMENT, TextKind.OPINION, TextKind.WHO),
    }
)
GIVEN = frozenset({Purpose.INSPECTION, Purpose.ITEM, Purpose.REVIEW, Purpose.STEP})
#: Events about reports and reporters, whoever made them.
ABOUT_REPORTS = frozenset(
    {
        *(EventKind.FILED, EventKind.OPENED, EventKind.IMPORTED, EventKind.MERGED),
        *(EventKind.SPLIT, EventKind.ASKED, EventKind.ANSWERED, EventKind.CONCLUDED),
        *(EventKind.REFUSED, EventKind.TRANSFERRED_OUT, EventKind.ACCIDENT_REFERRED),
        *(EventKind.OFFICE_REPLIED, EventKind.RATED, EventKind.NOTED, EventKind.WITHDRAWN),
        *(EventKind.EVIDENCE_ADDED, EventKind.FILES_RELEASED, EventKind.SET_ASIDE),
    }
)


@dataclass(frozen=True, slots=True)
class Said:
    """Words of one event: what they are, and the salt with which they were committed to."""

    key: str
    words: str
    salt: str
    commitment: str


@dataclass(frozen=True, slots=True)
class Proof:
    """An event with its leaf; `entry` None: it tells of a report and is there by its leaf."""

    event: Recorded
    entry: Mapping[str, Any] | None
    said: Sequence[Said]

    @property
    def leaf(self) -> str:
        return self.event.leaf.hex()


@dataclass(frozen=True, slots=True)
class Bundle:
    case: Case
    step: DisciplinaryStep
    proofs: Sequence[Proof]
    files: Sequence[Attachment]


def bundle_of(session: Session, actor: Actor, step_id: UUID, *, now: datetime) -> Bundle:
    """Return the evidence of a case for whoever may take it out.

    Raises NotFound for any step but a proposal of accountability, NotAllowed.
    """
    step = step_of(session, step_id)
    case = case_of(session, actor, step.case_id, action=Action.READ_FILE)
    if step.rung is not Step.PROPOSE_ACCOUNTABILITY:
        raise NotFound(step_id)
    require(actor, Action.TAKE_EVIDENCE, case)
    events = events_of(session, case.id)
    named = {
        UUID(text["id"])
        for event in events
        if not is_of_reports(event)
        for text in event.payload.get("texts", {}).values()
    }
    wanted = select(KeptWords).where(KeptWords.id.in_(named))
    kept = {row.id: row for row in session.scalars(wanted)}
    return Bundle(
        case,
        step,
        [_proof(event, kept) for event in events],
        [
            file
            for file in of_case(session, case.id)
            if file.report_id is None and file.state is FileState.SHOWN and file.purpose in GIVEN
        ],
    )


def is_of_reports(event: Recorded) -> bool:
    """Say whether an event is a reporter's, or tells of reports."""
    rows = event.payload.get("rows", {})
    told = event.kind in ABOUT_REPORTS or "reports" in rows or "messages" in rows
    return told or event.role is Role.REPORTER


def _proof(event: Recorded, kept: Mapping[UUID, KeptWords]) -> Proof:
    if is_of_reports(event):
        return Proof(event, None, ())
    entry = leaf_entry(
        at=event.at,
        case_id=event.case_id,
        case_version=event.case_version,
        kind=event.kind,
        from_state=event.from_state,
        to_state=event.to_state,
        role=event.role,
        account_id=event.account_id,
        person_id=event.person_id,
        payload=event.payload,
    )
    said = []
    for key, text in event.payload.get("texts", {}).items():
        row = kept.get(UUID(text["id"]))
        if row is not None and row.kind in SHOWN and row.body is not None and row.salt is not None:
            said.append(Said(key, row.body, row.salt.hex(), row.commitment.hex()))
    return Proof(event, entry, said)
