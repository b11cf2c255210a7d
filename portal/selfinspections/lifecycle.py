"""The rules of self-inspection without a database: periods, due days, signers, what counts."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from portal.clocks.days import add_months, days_of
from portal.foundation.clock import floored_to_hour
from portal.presets.duties import Duty, SelfInspection
from portal.presets.kinds import Calendar
from portal.selfinspections.kinds import (
    AboutManagement,
    HazardState,
    InsideState,
    Signer,
    Standing,
    Verdict,
    Way,
)

DAY = timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
#: Reports hold the hour, not the minute, in which they came in.
HOUR = timedelta(hours=1)
#: So many periods back a missed duty is still shown.
SHOWN_BACK = 2


# periods


@dataclass(frozen=True, slots=True)
class Period:
    """A month, a quarter or a year."""

    code: str
    first: date
    #: The last day.
    last: date


def period_of(day: date, every: str) -> Period:
    """Return the period in which a day lies."""
    length = MONTHS[every]
    first = date(day.year, (day.month - 1) // length * length + 1, 1)
    last = add_months(first, length) - DAY
    if every == "month":
        return Period(f"{first:%Y-%m}", first, last)
    if every == "quarter":
        return Period(f"{first.year}-Q{(first.month + 2) // 3}", first, last)
    return Period(f"{first.year}", first, last)


@dataclass(frozen=True, slots=True)
class Due:
    """A duty in one of its periods."""

    duty: Duty
    period: Period
    standing: Standing


def duties_due(
    rules: SelfInspection,
    *,
    sector: str | None,
    size: str | None,
    since: date,
    today: date,
    done: Collection[tuple[str, str]],
    under_way: Collection[str],
) -> list[Due]:
    """Return what a unit has to do: each duty in the present period, and where it was missed.

    `since` is the day from which the unit takes part; `done` holds pairs of duty and period.
    What was missed comes first, then by the end of the period.
    """
    found = []
    for duty in rules.duties.values():
        if not duty.whom.means(sector, size):
            continue
        period = period_of(today, duty.every)
        for _back in range(SHOWN_BACK + 1):
            if period.last < since:
                break
            standing = _standing(duty, period, today, done, under_way)
            if standing is not Standing.DONE or period.first <= today <= period.last:
                found.append(Due(duty, period, standing))
            period = period_of(period.first - DAY, duty.every)
    order = list(Standing)
    found.sort(key=lambda one: (-order.index(one.standing), one.period.last, one.duty.code))
    return found


def _standing(
    duty: Duty,
    period: Period,
    today: date,
    done: Collection[tuple[str, str]],
    under_way: Collection[str],
) -> Standing:
    if (duty.code, period.code) in done:
        return Standing.DONE
    if period.last < today:
        return Standing.MISSED
    return Standing.UNDER_WAY if duty.code in under_way else Standing.OPEN


# declarations


def month_of(day: date) -> date:
    """Return the first day of the month."""
    return day.replace(day=1)


def due_on(month: date, rules: SelfInspection, calendar: Calendar) -> date:
    """Return the last day on which a month is declared in time: never a rest day."""
    wanted = add_months(month, 1).replace(day=rules.due_day)
    return days_of(calendar).next_working(wanted)


def latest_late(today: date, rules: SelfInspection, calendar: Calendar) -> date:
    """Return the newest month whose due day has passed."""
    month = add_months(month_of(today), -1)
    while due_on(month, rules, calendar) >= today:
        month = add_months(month, -1)
    return month


def owed_months(since: date, today: date, *, most: int = 12) -> list[date]:
    """Return the months that a unit has to declare, the newest first, not more than `most`."""
    found: list[date] = []
    month = add_months(month_of(today), -1)
    while month >= month_of(since) and len(found) < most:
        found.append(month)
        month = add_months(month, -1)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPost:
    """A post of the unit's chain, in the order of writing."""

    post: str
    from_on: date
    until_on: date | None


def signer_of(name: str, post: str, named: Sequence[NamedPost], today: date) -> Signer:
    """Say how whoever signs stands to the chain of the unit.

    `named` is what was written down of the main responsible person, in the order of writing; what
    begins later replaces what began before. A post is the signer's if it is the post signed with,
    or holds the name: registers hold both.
    """
    begun = sorted((one for one in named if one.from_on <= today), key=lambda one: one.from_on)
    if not begun:
        return Signer.UNNAMED
    latest = begun[-1]
    holds_now = bool(latest.post) and (latest.until_on is None or latest.until_on > today)
    if holds_now and _is_of(latest.post, name, post):
        return Signer.HOLDS
    if any(_is_of(one.post, name, post) for one in begun):
        return Signer.LEFT
    return Signer.OTHER if holds_now else Signer.UNNAMED


def _is_of(written: str, name: str, post: str) -> bool:
    plain = _plain(written)
    if not plain:
        return False
    return plain == _plain(post) or (bool(_plain(name)) and _plain(name) in plain)


def _plain(words: str) -> str:
    return "".join(words.split()).casefold()


# own hazards


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What has to be done about an own hazard, until when."""

    due_on: date
    done_at: datetime | None = None


def state_of(tasks: Iterable[Task], today: date) -> HazardState:
    """Return how a hazard stands."""
    found = list(tasks)
    if not found:
        return HazardState.NO_TASK
    left = [one for one in found if one.done_at is None]
    if not left:
        return HazardState.PUT_RIGHT
    is_late = any(one.due_on < today for one in left)
    return HazardState.OVERDUE if is_late else HazardState.BEING_PUT_RIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """An own hazard as it is held beside a report."""

    id: UUID
    category: str
    entered_at: datetime
    put_right_at: datetime | None = None
    #: Of the task that was due first and not done, or done late: its day.
    late_since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A return of nothing found."""

    id: UUID
    month: date
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What is held beside what the unit says: what kind, since when others know, and if it is so.

    `known_at` is when the report came in, floored to its hour, or when the inspection was
    announced or began. `is_true` None: nobody knows yet.
    """

    category: str
    known_at: datetime
    by_report: bool
    is_true: bool | None
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict with what decided it."""

    verdict: Verdict
    find: Find | None = None
    nil: Declared | None = None


def counts_before(entered_at: datetime, matter: Matter) -> bool:
    """Say whether a hazard was entered before others knew of it.

    A report holds the hour in which it came in. Nobody at a unit is told of anything within that
    hour, so what was entered in it counts for the unit.
    """
    limit = matter.known_at + HOUR if matter.by_report else matter.known_at
    return entered_at < limit


def is_same_kind(one: str, other: str) -> bool:
    """Say whether two categories are one kind: the same, or one within the other."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def judge(
    matter: Matter, finds: Iterable[Find], nils: Iterable[Declared], look_back_days: int
) -> Judged:
    """Say what a unit had declared of a matter before it was known from elsewhere.

    The best of what it entered before counts: a hazard still being put right in time, then one put
    right. Only then what speaks against it: that it came back, that the own date passed, that a
    return of nothing found was signed, that it was entered afterwards.
    """
    alike = sorted(
        (one for one in finds if is_same_kind(one.category, matter.category)),
        key=lambda one: (one.entered_at, str(one.id)),
        reverse=True,
    )
    before = [one for one in alike if counts_before(one.entered_at, matter)]
    for find in before:
        was_right = find.put_right_at is not None and find.put_right_at <= matter.known_at
        is_late = find.late_since is not None and find.late_since < matter.day
        if not was_right and not is_late:
            right = find.put_right_at is not None
            return Judged(verdict=Verdict.PUT_RIGHT if right else Verdict.FOUND, find=find)
    for find in before:
        if find.put_right_at is not None and find.put_right_at <= matter.known_at:
            verdict = Verdict.RECURRING if matter.is_true else Verdict.PUT_RIGHT
            return Judged(verdict=verdict, find=find)
    if before:
        return Judged(verdict=Verdict.OVERDUE, find=before[0])
    nil = next(iter(nils_before(matter, nils, look_back_days)), None)
    if nil is not None and matter.is_true is not False:
        return Judged(verdict=Verdict.CONCEALED if matter.is_true else Verdict.NIL, nil=nil)
    if alike:
        return Judged(verdict=Verdict.TOO_LATE, find=alike[-1])
    return Judged(verdict=Verdict.NOTHING)


def nils_before(
    matter: Matter, nils: Iterable[Declared], look_back_days: int
) -> Iterator[Declared]:
    """Yield the returns of nothing found that a matter points back to, the newest month first.

    Those signed before the matter was known, of months that ended so many days before it or less.
    """
    for nil in sorted(nils, key=lambda one: one.month, reverse=True):
        last = add_months(nil.month, 1) - DAY
        is_near = last + timedelta(days=look_back_days) >= matter.day
        if nil.signed_at <= matter.known_at and is_near:
            yield nil


def late_since(tasks: Iterable[Task], on_day: Mapping[datetime, date]) -> date | None:
    """Return the first due day that passed with its task not done; None: none is or was late.

    `on_day` says on which day in the city a task was done.
    """
    late = [one.due_on for one in tasks if one.done_at is None or on_day[one.done_at] > one.due_on]
    return min(late, default=None)


# inside reports


def way_of(chosen: str | None, about: str | None, *, is_open: bool) -> Way:
    """Say who gets a report: the unit only where it was chosen and is not about its own readers.

    Whoever is not sure is not sent to somebody whom it may be about.
    """
    is_inside = chosen == Way.INSIDE and about == AboutManagement.NO and is_open
    return Way.INSIDE if is_inside else Way.OUTSIDE


def inside_due(filed: date, days: int, calendar: Calendar) -> date:
    """Return the last day on which a unit's answer to an inside report is in time."""
    return days_of(calendar).after(filed, days)


def is_late(state: InsideState, due_on: date, today: date) -> bool:
    """Say whether the day has passed without an answer."""
    return state is InsideState.WAITING and due_on < today


def read_before(now: datetime) -> datetime:
    """Return the hour before which a reporter's act must lie for the unit to read of it.

    Within the hour the list would tell the minute, and so who was there.
    """
    return floored_to_hour(now)
