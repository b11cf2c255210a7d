"""Limits that were not kept, written into the history once each."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.access.kinds import SYSTEM
from portal.cases import queries
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case, ClockReading
from portal.cases.services.road import move_case
from portal.clocks.reading import WINDOWS, Breach, breaches, family
from portal.history.queries import breaches_of
from portal.presets.queries import in_force


def record_breaches(
    session: Session, now: datetime, *, since: datetime | None = None, tell: bool = True
) -> int:
    """Write a `breached` event for each limit that was missed and has none; return how many.

    Reads the cached clocks: those that run past their due date, and those that ended after it.
    Of the latter only such as were due from `since` on, where it is given: a job that runs every
    few minutes need not look at all years. Safe to run twice; one unit of work.
    """
    found = 0
    preset = in_force(session, now)
    late = _late(session, now, since)
    known = _recorded(breaches_of(session, {case_id for case_id, *_ in late}))
    for case_id in dict.fromkeys(key[0] for key in late if key not in known):
        case = queries.case_of(session, SYSTEM, case_id)
        readings = queries.clocks_of(session, case, preset, as_of=now)
        for breach in breaches(readings, now):
            if (case_id, *breach.key) not in known:
                move_case(session, SYSTEM, _command(case, breach), now=now, tell=tell)
                found += 1
    return found


def _command(case: Case, breach: Breach) -> c.Breach:
    return c.Breach(
        case_id=case.id,
        seen=case.version,
        clock=breach.kind,
        subject=breach.subject,
        episode=breach.episode,
        due_at=breach.due_at,
    )


def _late(
    session: Session, now: datetime, since: datetime | None
) -> list[tuple[UUID, str, str, int]]:
    """Return what the cache holds as late, the oldest case first: case, family, subject, episode.

    The order is by number and not by id, so that the demo's history repeats itself.
    """
    ended = ClockReading.stopped_at > ClockReading.due_at
    rows = session.execute(
        select(
            ClockReading.case_id,
            ClockReading.clock,
            ClockReading.subject,
            ClockReading.episode,
        )
        .join(Case, Case.id == ClockReading.case_id)
        .where(
            ClockReading.due_at < now,
            ClockReading.clock.not_in(WINDOWS),
            or_(
                ClockReading.stopped_at.is_(None),
                ended if since is None else ended & (ClockReading.due_at >= since),
            ),
        )
        .order_by(Case.opened_at, Case.number)
    )
    return [(case_id, family(clock), subject, episode) for case_id, clock, subject, episode in rows]


def _recorded(
    events: Iterable[tuple[UUID, Mapping[str, Any]]],
) -> set[tuple[UUID, str, str, int]]:
    return {
        (case_id, family(told["clock"]), told["subject"], int(told["episode"]))
        for case_id, told in events
    }
