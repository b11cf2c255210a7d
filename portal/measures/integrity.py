"""Whether the present is what the history gives: every column of every case and its things."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.cases.lifecycle.replay import Replayed, replay
from portal.cases.models import Case
from portal.cases.services import THINGS
from portal.history.lifecycle import Head, as_json
from portal.history.models import Event
from portal.history.queries import Chain, Finding, Findings, event_count, verify_chain
from portal.reports.models import Report

BATCH = 500
#: Rebuilt from clocks at any time: `clocks check` compares them.
CACHES = frozenset({"id", "next_due_at", "next_clock", "next_due_sort"})
#: Columns younger than the first histories: where no event gives one it holds this.
LATER: Mapping[str, Any] = {"hidden_from": []}
REPORTS = "reports"

STRAY_EVENTS = text("""
    SELECT e.seq, e.case_id, e.at, e.kind FROM events e LEFT JOIN cases c ON c.id = e.case_id
    WHERE e.case_id IS NOT NULL AND c.id IS NULL ORDER BY e.seq
""")


@dataclass(frozen=True, slots=True)
class Integrity:
    """What verifying found; `findings` names the first, `found` counts all."""

    findings: Sequence[Finding]
    found: int
    events: int
    sealed: int
    unsealed: int
    texts: int
    erased: int
    cases: int

    @property
    def ok(self) -> bool:
        return self.found == 0


def verify(session: Session, key: bytes, head: Head | None) -> Integrity:
    """Recompute all of the history and compare the cases with it; names what does not fit.

    Must be the first in its unit of work: it reads everything as of one moment.
    """
    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    chain: Chain = verify_chain(session, key, head)
    cases = _verify_cases(session, chain.findings)
    for row in session.execute(STRAY_EVENTS):
        chain.findings.add(
            "case_missing", seq=row.seq, case_id=row.case_id, at=row.at, detail=row.kind
        )
    return Integrity(
        findings=chain.findings.named,
        found=chain.findings.count,
        events=event_count(session),
        sealed=chain.sealed,
        unsealed=chain.unsealed,
        texts=chain.texts,
        erased=chain.erased,
        cases=cases,
    )


def _verify_cases(session: Session, findings: Findings) -> int:
    """Compare every case and its things with the replay of its events; return how many."""
    seen, last = 0, None
    wandered: set[UUID] = set()
    columns = [column for column in Case.__table__.columns if column.name not in CACHES]
    while True:
        wanted = select(Case.id, *columns).order_by(Case.id).limit(BATCH)
        rows = session.execute(wanted.where(Case.id > last) if last else wanted).all()
        if not rows:
            break
        last = rows[-1].id
        seen += len(rows)
        ids = [row.id for row in rows]
        events = _events(session, ids)
        things = {name: _things(session, model, ids) for name, model in THINGS.items()}
        for row in rows:
            own = events.get(row.id, ())
            given = replay(own)
            _check_case(row, own, given, findings)
            present = {name: by_case.get(row.id, {}) for name, by_case in things.items()}
            wandered |= _check_things(row.id, own, given, present, findings)
    _check_wandered(session, wandered, findings)
    return seen


def _events(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Any]]:
    found: dict[UUID, list[Any]] = {}
    wanted = (
        select(
            Event.seq,
            Event.case_id,
            Event.case_version,
            Event.from_state,
            Event.to_state,
            Event.payload,
            Event.at,
        )
        .where(Event.case_id.in_(ids))
        .order_by(Event.case_id, Event.case_version)
    )
    for event in session.execute(wanted):
        found.setdefault(event.case_id, []).append(event)
    return found


def _things(session: Session, model: Any, ids: Sequence[UUID]) -> Mapping[UUID, Mapping[UUID, Any]]:
    """Return rows by case and id; reports by the case that filing them started."""
    owner = "origin_case_id" if model is Report else "case_id"
    table = model.__table__
    found: dict[UUID, dict[UUID, Any]] = {}
    for row in session.execute(select(table).where(table.c[owner].in_(ids))).mappings():
        found.setdefault(row[owner], {})[row["id"]] = row
    return found


def _check_case(row: Any, events: Sequence[Any], given: Replayed, findings: Findings) -> None:
    case_id = row.id
    before = None
    for place, event in enumerate(events, start=1):
        where = {"seq": event.seq, "case_id": case_id, "at": event.at}
        if event.case_version != place:
            findings.add("version_missing", case_id=case_id, detail=str(place))
            break
        if event.from_state != before:
            findings.add("state_out_of_order", **where, detail=str(event.from_state))
        before = event.to_state
    given_columns = {**LATER, **given.case}
    for column, value in row._mapping.items():
        if column != "id" and (
            column not in given_columns or given_columns[column] != as_json(value)
        ):
            findings.add("column_differs", case_id=case_id, detail=f"cases.{column}")


def _check_things(
    case_id: UUID,
    events: Sequence[Any],
    replayed: Replayed,
    present: Mapping[str, Mapping[UUID, Any]],
    findings: Findings,
) -> set[UUID]:
    """Compare the things of a case; returns reports that other cases' events speak of too."""
    given = replayed.rows
    wandered = _moved_reports(case_id, events)
    for name, rows in present.items():
        told = given.get(name, {})
        for row_id, row in rows.items():
            if name == REPORTS and row_id in wandered:
                continue
            _check_row(case_id, name, row_id, row, told.get(str(row_id)), findings)
        for key in told:
            if UUID(key) not in rows and not (
                name == REPORTS and _is_elsewhere(told[key], case_id)
            ):
                findings.add("row_missing", case_id=case_id, detail=f"{name} {key}")
    return wandered


def _is_elsewhere(told: Mapping[str, Any], case_id: UUID) -> bool:
    """Tell whether these events did not begin the report: it belongs to the case that did."""
    return told.get("origin_case_id") != str(case_id)


def _moved_reports(case_id: UUID, events: Iterable[Any]) -> set[UUID]:
    moved = set()
    for event in events:
        for key, values in event.payload.get("rows", {}).get(REPORTS, {}).items():
            begins_here = values.get("origin_case_id") == str(case_id)
            if "case_id" in values and not begins_here:
                moved.add(UUID(key))
    return moved


def _check_row(
    case_id: UUID,
    name: str,
    row_id: UUID,
    row: Any,
    told: Mapping[str, Any] | None,
    findings: Findings,
) -> None:
    if told is None:
        findings.add("row_without_event", case_id=case_id, detail=f"{name} {row_id}")
        return
    for column, value in told.items():
        if column not in row or as_json(row[column]) != value:
            findings.add("column_differs", case_id=case_id, detail=f"{name}.{column} {row_id}")


def _check_wandered(session: Session, reports: set[UUID], findings: Findings) -> None:
    """Replay the reports that merges and splits moved, over the events of all cases they saw."""
    rows = {
        row["id"]: row
        for row in session.execute(
            select(Report.__table__).where(Report.id.in_(reports))
        ).mappings()
    }
    for report_id in sorted(reports):
        row = rows.get(report_id)
        if row is None:
            findings.add("row_missing", detail=f"{REPORTS} {report_id}")
            continue
        told = _told_of(session, report_id, row["origin_case_id"])
        _check_row(row["origin_case_id"], REPORTS, report_id, row, told, findings)


def _told_of(session: Session, report_id: UUID, origin: UUID) -> Mapping[str, Any]:
    """Return what all events together say of a report, in the order of writing."""
    seen: set[UUID] = set()
    coming = {origin}
    changes: list[tuple[int, Mapping[str, Any]]] = []
    while coming - seen:
        asked = list(coming - seen)
        seen |= coming
        wanted = select(Event.seq, Event.payload).where(Event.case_id.in_(asked))
        for seq, payload in session.execute(wanted):
            values = payload.get("rows", {}).get(REPORTS, {}).get(str(report_id))
            if values is not None:
                changes.append((seq, values))
                if values.get("case_id"):
                    coming.add(UUID(values["case_id"]))
    told: dict[str, Any] = {}
    for _seq, values in sorted(changes, key=lambda change: change[0]):
        told.update(values)
    return told
