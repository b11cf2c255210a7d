"""Writing what a move or a beginning changes: rows, words, numbers, cached clocks, grams."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Insert, Table, Uuid, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from portal.attachments.services import follow_report
from portal.cases import queries
from portal.cases.lifecycle.changes import Row, TextOf, Words
from portal.cases.models import Case, CaseSearch, ClockReading, Extension, NumberCounter, Objection
from portal.clocks.reading import OPTIONAL, Reading
from portal.discipline.models import (
    Acceptance,
    DisciplinaryStep,
    Interview,
    InterviewCommitment,
    Listing,
)
from portal.foundation import secrets
from portal.foundation.grams import grams
from portal.history.queries import bodies_of
from portal.history.services import TextRef, keep_texts, new_text
from portal.inspections.models import (
    Hazard,
    Inspection,
    InspectionAnswer,
    InspectionSignature,
    LevelDecision,
    RiskAssessment,
)
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.reports.models import Message, Report
from portal.rewards.models.reward import Reward
from portal.taskbooks.models import LinkUse, Review, TaskBook, TaskItem

#: Things on the road, by the name that their rows have in an event.
THINGS: Mapping[str, Any] = {
    "reports": Report,
    "messages": Message,
    "inspections": Inspection,
    "inspection_answers": InspectionAnswer,
    "inspection_signatures": InspectionSignature,
    "hazards": Hazard,
    "risk_assessments": RiskAssessment,
    "level_decisions": LevelDecision,
    "task_books": TaskBook,
    "task_items": TaskItem,
    "reviews": Review,
    "link_uses": LinkUse,
    "objections": Objection,
    "disciplinary_steps": DisciplinaryStep,
    "interviews": Interview,
    "commitments": InterviewCommitment,
    "listings": Listing,
    "acceptances": Acceptance,
    "extensions": Extension,
    "rewards": Reward,
}
# Tables, not classes: by those rows with and without a None would be sent apart. And statements
# made once: each move asks them, and to make one anew takes longer than to send it.
#: Cases whose clocks are worked out anew in one unit of work.
REBUILT_AT_ONCE = 200
CLOCK_READINGS = cast(Table, ClockReading.__table__)
_SEARCH = cast(Table, CaseSearch.__table__)
_COUNTERS = cast(Table, NumberCounter.__table__)
#: What a reading says of a clock beyond which clock it is.
CLOCK_VALUES = ("started_at", "due_at", "stopped_at", "state", "provisional", "breached")


def _over(table: Table, *names: str) -> Insert:
    """Return the statement that puts rows in the place of those with their keys."""
    put = upsert(table)
    values = {name: put.excluded[name] for name in names}
    return put.on_conflict_do_update(index_elements=list(table.primary_key), set_=values)


def _adding_grams() -> Insert:
    """Return the statement that adds grams to those of a case, or makes its first ones."""
    put, grams_of_case = upsert(_SEARCH), _SEARCH.c.grams
    return put.on_conflict_do_update(
        index_elements=list(_SEARCH.primary_key), set_={"grams": grams_of_case + put.excluded.grams}
    )


def _drawing_numbers() -> Insert:
    """Return the statement that draws numbers of a year and returns the next free one.

    A year's first row is put in with the number after those drawn: `count` + 1. A later draw adds
    the `count` alone.
    """
    put, free = upsert(_COUNTERS), _COUNTERS.c.next
    return put.on_conflict_do_update(
        index_elements=list(_COUNTERS.primary_key), set_={"next": free + put.excluded.next - 1}
    ).returning(free)


_NEW_THING = {name: insert(model.__table__) for name, model in THINGS.items()}
NEW_CLOCKS = insert(CLOCK_READINGS)
_KEPT_CLOCKS = select(CLOCK_READINGS).where(
    CLOCK_READINGS.c.case_id == bindparam("case", type_=Uuid)
)
_KEEP_CLOCKS = _over(CLOCK_READINGS, *CLOCK_VALUES)
_ADD_GRAMS = _adding_grams()
_KEEP_GRAMS = _over(_SEARCH, "grams")
_DRAW = _drawing_numbers()


def keep_words(session: Session, case_id: UUID, words: Sequence[Words]) -> dict[str, TextRef]:
    """Keep all words of one event by one statement and return the references by their keys."""
    rows = {one.key: new_text(case_id, one.kind, one.body) for one in words}
    if rows:
        keep_texts(session, list(rows.values()))
    return {key: TextRef(row["id"], row["commitment"]) for key, row in rows.items()}


def write_rows(
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
            session.execute(_NEW_THING[row.table], {"id": row.id, **values})
        else:
            table = model.__table__
            session.execute(update(table).where(table.c.id == row.id), values)
            held = session.identity_map.get(session.identity_key(model, row.id))
            for column, value in values.items() if held else ():
                set_committed_value(held, column, value)
        hidden = {"token_hash"} if row.is_new else set()
        shown = {column: value for column, value in values.items() if column not in hidden}
        written.setdefault(row.table, {})[str(row.id)] = shown
    return written


def link_token(book_id: UUID) -> str:
    """Return the secret in the unit's link: made again for each mail, never stored."""
    key = secrets.in_use().key("unit-link")
    return hmac.digest(key, b"link\x00" + book_id.bytes, "sha256")[:16].hex()


def next_number(session: Session, series: str, year: int, count: int = 1) -> int:
    """Return the first of `count` new numbers of a year; none is ever given out twice."""
    first = {"series": series, "year": year, "next": count + 1}
    return int(session.execute(_DRAW, first).scalar_one()) - count


def keep_clocks(
    session: Session, case: Case, preset: Preset, *, now: datetime, on_case: bool = True
) -> None:
    """Write what the clocks say into their cache, and the earliest due date onto the case."""
    found = queries.clocks_of(session, case, preset, as_of=now)
    table = CLOCK_READINGS
    kept = {
        (row.clock, row.subject, row.episode): dict(row._mapping)
        for row in session.execute(_KEPT_CLOCKS, {"case": case.id})
    }
    rows = clock_rows(case.id, found)
    changed = [row for key, row in rows.items() if kept.get(key) != row]
    if changed:
        session.execute(_KEEP_CLOCKS, changed)
    gone = kept.keys() - rows.keys()
    if gone:
        key = tuple_(table.c.clock, table.c.subject, table.c.episode)
        session.execute(delete(table).where(table.c.case_id == case.id, key.in_(gone)))
    if not on_case:
        return
    for column, value in nearest(found).items():
        setattr(case, column, value)


def rebuild_clocks(session: Session, *, now: datetime, after: UUID | None = None) -> UUID | None:
    """Work out the stored clocks of the next cases by id anew; return the last one's id.

    None: there was none left. Each is locked, so that no move comes between.
    """
    wanted = select(Case).order_by(Case.id).limit(REBUILT_AT_ONCE).with_for_update()
    cases = session.scalars(wanted.where(Case.id > after) if after else wanted).all()
    preset = in_force(session, now)
    for case in cases:
        keep_clocks(session, case, preset, now=now)
    return cases[-1].id if cases else None


def clock_rows(
    case_id: UUID, found: Iterable[Reading]
) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Return the rows of the cache by clock, subject and episode."""
    rows = [clock_row(case_id, reading) for reading in found if reading.started_at is not None]
    return {(row["clock"], row["subject"], row["episode"]): row for row in rows}


def nearest(found: Iterable[Reading]) -> dict[str, Any]:
    """Return the earliest due date among running clocks and which one it is, as columns."""
    owed = [r for r in found if not r.window and r.kind not in OPTIONAL]
    running = [r for r in owed if r.is_open and r.due_at is not None]
    nearest = min(running, key=lambda r: (r.due_at, r.kind), default=None)
    return {
        "next_due_at": nearest.due_at if nearest else None,
        "next_clock": nearest.kind if nearest else None,
    }


def keep_clocks_elsewhere(session: Session, case: Case, preset: Preset, *, now: datetime) -> None:
    """Renew the readings of the cases in which reports were filed that are answered here.

    Not their rows: those are not locked, and a merged case has nothing due.
    """
    origins = {report.origin_case_id for report in case.reports} - {case.id}
    if not origins:
        return
    for origin in session.scalars(select(Case).where(Case.id.in_(origins)).order_by(Case.id)):
        keep_clocks(session, origin, preset, now=now, on_case=False)


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


def keep_grams(session: Session, case: Case, bodies: Sequence[str]) -> None:
    """Let search find the words that this move brought."""
    fresh = grams(*bodies)
    if not fresh:
        return
    session.execute(_ADD_GRAMS, {"case_id": case.id, "grams": fresh})


def renew_grams(session: Session, case: Case) -> None:
    """Let search find the words of the reports that are handled in the case now, and no others.

    A merge brings words that were written elsewhere, a split takes them away again.
    """
    session.flush()  # the reports' moves and this move's words are read back
    session.expire(case, ["reports"])
    places = {case.id, *(report.origin_case_id for report in case.reports)}
    gathered = grams(case.number, *bodies_of(session, places))
    session.execute(_KEEP_GRAMS, {"case_id": case.id, "grams": gathered})
