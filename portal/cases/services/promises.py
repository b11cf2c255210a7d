"""What became of the dates that reporters were told, kept for the figure that counts them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, or_, select, true
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from portal.cases.kinds import Judged, State
from portal.cases.models import Case, Ledger, ToldPromise
from portal.cases.queries import ledger_of
from portal.cases.queries.promises import as_figures, events_about, figures_kept
from portal.history.queries import newest_of
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.reports.models import Report

#: Reports in one unit of work: nobody waits long behind it.
AT_ONCE = 100


def judge_promises(
    session: Session, *, now: datetime, after: UUID | None = None, again: bool = False
) -> UUID | None:
    """Work out the promises of the next reports that need it and keep them; return the last one.

    None: there are no more. A report needs it if it never was, if something happened since, or if
    time alone may have changed it. `again`: all of them. Safe to run twice.
    """
    newest = newest_of(Report.case_id, Report.origin_case_id)
    needs = or_(Ledger.report_id.is_(None), Ledger.is_open, newest > Ledger.seq)
    reports = session.scalars(
        select(Report)
        .outerjoin(Ledger, Ledger.report_id == Report.id)
        # Only who has a code has a page that tells dates; imported reports have none.
        .where(Report.receipt_hash.is_not(None), true() if again else needs)
        .where(*([Report.id > after] if after else []))
        .order_by(Report.id)
        .limit(AT_ONCE)
    ).all()
    preset = in_force(session, now)
    for report in reports:
        _judge(session, report, preset, now)
    return reports[-1].id if reports else None


def _judge(session: Session, report: Report, preset: Preset, now: datetime) -> None:
    promises = as_figures(ledger_of(session, report, preset, now=now))
    case = session.get_one(Case, report.case_id)
    waits = any(judged is Judged.WAITS for _what, _due, judged in promises)
    found = {
        "seq": max(event.seq for event in events_about(session, report)),
        "at": now,
        "is_open": waits or case.state is not State.CLOSED,
    }
    row = upsert(Ledger).values(report_id=report.id, **found)
    session.execute(row.on_conflict_do_update(index_elements=[Ledger.report_id], set_=found))
    if promises == figures_kept(session, report.id):
        return
    session.execute(delete(ToldPromise).where(ToldPromise.report_id == report.id))
    names = ("what", "due_at", "judged")
    rows = [
        {"report_id": report.id, "number": number, **dict(zip(names, one, strict=True))}
        for number, one in enumerate(promises, start=1)
    ]
    if rows:
        session.execute(insert(ToldPromise), rows)
