"""The alarm of a mass event: raised when many reports speak of one place, ended when it ebbs."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.access.kinds import ANYONE, SYSTEM, Action, Actor
from portal.access.policy import require
from portal.cases import queries
from portal.cases.kinds import Scope, Source
from portal.cases.lifecycle.bursts import Burst, Came, Numbers, sorted_into
from portal.cases.models import Alarm, AlarmCase, Case
from portal.foundation.clock import floored_to_hour
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.history.kinds import EventKind, TextKind
from portal.history.services import TextRef, keep_texts, new_text, record
from portal.notices.services import queue_notices
from portal.presets.kinds import Preset, Settings
from portal.presets.queries import in_force
from portal.reports.models import Report

HOUR = timedelta(hours=1)


def watch_bursts(session: Session, *, now: datetime) -> int:
    """Raise an alarm for each burst of reports that has none, and end those that have ebbed.

    Asked by a job every minute, so that filing itself pays nothing. Reports are known by the hour
    alone: the preset's minutes are widened to the full hours in which they lie. Returns how many
    were raised; safe to run twice.
    """
    preset = in_force(session, now)
    settings = preset.city.settings
    since = floored_to_hour(now - timedelta(minutes=settings.burst_minutes))
    running = {
        alarm.id: alarm
        for alarm in session.scalars(
            select(Alarm).where(Alarm.ended_at.is_(None)).order_by(Alarm.raised_at, Alarm.id)
        )
    }
    bursts = {alarm_id: _burst(alarm) for alarm_id, alarm in running.items()}
    came = _came(session, since)
    _joined, fresh = sorted_into(list(came), list(bursts.values()), _numbers(settings))
    for alarm_id, burst in bursts.items():
        if burst.cases:
            _keep(session, running[alarm_id], burst.cases, came)
    for burst in fresh:
        _raise(session, burst, came, preset, now)
    for alarm in running.values():
        if alarm.last_at < since:
            _end(session, SYSTEM, alarm, at=floored_to_hour(now))
    return len(fresh)


def _numbers(settings: Settings) -> Numbers:
    return Numbers(
        near=settings.burst_reports,
        district=settings.burst_reports_district,
        metres=settings.burst_metres,
    )


def _came(session: Session, since: datetime) -> dict[Came, datetime]:
    """Return the reports since then that belong to no alarm, in their order, with their hour."""
    rows = session.execute(
        select(Case, Report.lon, Report.lat)
        .join(Report, Report.origin_case_id == Case.id)
        .outerjoin(AlarmCase, AlarmCase.case_id == Case.id)
        .where(
            Case.opened_at >= since,
            Case.source == Source.REPORT,
            AlarmCase.case_id.is_(None),
            # A count would tell those from whom a case is hidden that it is there.
            func.cardinality(Case.hidden_from) == 0,
        )
        .order_by(Case.number)
    )
    return {
        Came(
            case_id=case.id,
            desk_id=case.desk_id,
            unit=str(case.unit_id) if case.unit_id else None,
            township=case.township,
            district=case.jurisdiction,
            point=None if lon is None or lat is None else (lon, lat),
        ): case.opened_at
        for case, lon, lat in rows
    }


def _burst(alarm: Alarm) -> Burst:
    return Burst(
        desk_id=alarm.desk_id,
        scope=alarm.scope,
        key=alarm.key,
        township=alarm.township,
        district=alarm.jurisdiction,
        point=None if alarm.lon is None or alarm.lat is None else (alarm.lon, alarm.lat),
    )


def _raise(
    session: Session, burst: Burst, came: dict[Came, datetime], preset: Preset, now: datetime
) -> None:
    require(SYSTEM, Action.RAISE_ALARM)
    at = floored_to_hour(now)
    lon, lat = burst.point or (None, None)
    alarm = Alarm(
        id=uuid4(),
        desk_id=burst.desk_id,
        scope=burst.scope,
        key=burst.key,
        jurisdiction=burst.district if burst.scope is not Scope.UNIT else None,
        township=burst.township,
        lon=lon,
        lat=lat,
        raised_at=at,
        last_at=at,
    )
    session.add(alarm)
    session.flush()
    _keep(session, alarm, burst.cases, came)
    facts = {
        "alarm": alarm.id,
        "desk": alarm.desk_id,
        "scope": alarm.scope,
        "key": alarm.key,
        "cases": burst.cases,
    }
    seq = record(session, SYSTEM, EventKind.ALARM_RAISED, at=at, payload=facts)
    # As of a reporter's act: a mail at the minute would tell when the last report came.
    queue_notices(
        session, ANYONE, EventKind.ALARM_RAISED, preset.notices, case_id=None, seq=seq, now=now
    )


def _keep(
    session: Session, alarm: Alarm, cases: Sequence[UUID], came: dict[Came, datetime]
) -> None:
    hours = {one.case_id: hour for one, hour in came.items()}
    rows = [{"case_id": case_id, "alarm_id": alarm.id} for case_id in cases]
    session.execute(insert(AlarmCase), rows)
    alarm.last_at = max([alarm.last_at, *_hours(cases, hours)])


def _hours(cases: Iterable[UUID], hours: dict[UUID, datetime]) -> Iterable[datetime]:
    return (hours[case_id] for case_id in cases)


def end_alarm(
    session: Session, actor: Actor, alarm_id: UUID, reason: str, *, now: datetime
) -> None:
    """End an alarm before it ebbs. Its reports raise no other one; as many new ones would.

    Raises NotFound (404), OutOfTurn (409) where it has ended, Incomplete (422) without a reason.
    """
    alarm = queries.alarm(session, actor, alarm_id, lock=True)
    require(actor, Action.END_ALARM, alarm)
    if alarm.ended_at is not None:
        raise OutOfTurn("alarm_ended", {})
    if not reason.strip():
        raise Incomplete("reason", "reason_missing")
    _end(session, actor, alarm, at=now, reason=reason.strip())


def _end(session: Session, actor: Actor, alarm: Alarm, *, at: datetime, reason: str = "") -> None:
    texts = {}
    if reason:
        row = new_text(None, TextKind.REASON, reason)
        keep_texts(session, [row])
        texts["reason"] = TextRef(row["id"], row["commitment"])
    alarm.ended_at, alarm.ended_by = at, actor.account_id
    alarm.reason_text_id = texts["reason"].id if reason else None
    facts = {"alarm": alarm.id, "texts": texts}
    record(session, actor, EventKind.ALARM_ENDED, at=at, payload=facts)
