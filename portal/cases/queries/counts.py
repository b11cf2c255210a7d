"""Numbers of cases and their stored deadlines, for whoever runs the portal: no case is shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cases.kinds import State
from portal.cases.models import Case, ClockReading
from portal.cases.queries.clocks import clocks_of
from portal.clocks.reading import Reading
from portal.presets.kinds import Preset


def open_counts(session: Session) -> Mapping[UUID, int]:
    """Return how many open cases each group handles or each desk holds, by the group's id.

    Numbers alone, for whoever runs the portal: no case can be told from them.
    """
    holder = func.coalesce(Case.group_id, Case.desk_id)
    rows = session.execute(
        select(holder, func.count()).where(Case.state != State.CLOSED).group_by(holder)
    )
    return {group_id: count for group_id, count in rows}


def stored_and_found(
    session: Session, preset: Preset, *, after: UUID | None, limit: int, as_of: datetime
) -> Sequence[tuple[UUID, str, Mapping[tuple[str, str, int], datetime | None], Sequence[Reading]]]:
    """Return the next cases by id, each with its stored due dates and the clocks of its events.

    For `clocks check`, which compares them; sees every case.
    """
    wanted = select(Case).order_by(Case.id).limit(limit)
    if after is not None:
        wanted = wanted.where(Case.id > after)
    cases = session.scalars(wanted.execution_options(populate_existing=True)).all()
    stored: dict[UUID, dict[tuple[str, str, int], datetime | None]] = {}
    rows = session.scalars(
        select(ClockReading).where(ClockReading.case_id.in_([case_.id for case_ in cases]))
    )
    for row in rows:
        stored.setdefault(row.case_id, {})[row.clock, row.subject, row.episode] = row.due_at
    return [
        (
            case_.id,
            case_.number,
            stored.get(case_.id, {}),
            [
                reading
                for reading in clocks_of(session, case_, preset, as_of=as_of)
                if reading.started_at is not None
            ],
        )
        for case_ in cases
    ]
