"""When a mail may leave, and how long to wait for the next try: pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.presets.kinds import NoticeTable

#: Pauses double from a minute to an hour; the last try comes after about three days.
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
TRIES = 78
#: From so many failed tries on the administrator sees it, though it is tried again.
SHOWN_FROM = 3
#: A claim older than this belongs to a process that is no more.
CLAIM_LIFE = timedelta(minutes=30)
#: Of one mail at most so many can have left without our knowing.
UNSURE_AT_MOST = 2


def quiet_until(table: NoticeTable, zone: ZoneInfo, moment: datetime) -> datetime | None:
    """Return the end of the quiet hours in which `moment` lies; None outside them."""
    begin, end = table.quiet
    local = moment.astimezone(zone)
    if not _within(local.time(), begin, end):
        return None
    day = local.date() if local.time() < end else local.date() + timedelta(days=1)
    return datetime.combine(day, end, zone).astimezone(moment.tzinfo)


def _within(at: time, begin: time, end: time) -> bool:
    return begin <= at < end if begin <= end else at >= begin or at < end


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failed tries (from 1)."""
    doublings = max(0, min(attempts - 1, 16))
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
