"""Each date that a reporter was told, kept as it was told and judged: pure, from events alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.access.kinds import Role
from portal.cases.kinds import WITH_BOOK, Judged, State, What
from portal.clocks.days import end_of
from portal.clocks.facts import Fact
from portal.clocks.reading import CASE, Reading
from portal.clocks.replay import Replay
from portal.history.kinds import EventKind as E
from portal.presets.kinds import Calendar, TimeLimitPolicy

#: What is promised, and the clocks that keep it; of several that run the first is told.
KEPT_BY = {
    What.DECISION: ("acceptance",),
    What.RESPONSE: ("first_response",),
    What.CHECK: ("verification_major", "verification"),
    What.ANSWER: ("feedback", "handling_total"),
}
#: Families of the clocks above, and that of an objection.
CLOCKS = frozenset(
    {"acceptance", "first_response", "verification", "feedback", "handling_total"}
    | {"objection_review"}
)
EVER = datetime.min.replace(tzinfo=UTC)
#: The case ends with an answer that the reporter reads.
ENDED_WITH_ANSWER = frozenset({E.REFUSED, E.TRANSFERRED_OUT, E.ACCIDENT_REFERRED})


class Columns(Protocol):
    """What decides which of the clocks' dates a reporter is told."""

    @property
    def state(self) -> State: ...
    @property
    def dispatched_at(self) -> datetime | None: ...
    @property
    def accepted_with_dispatch(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Dated:
    """A promise as a page says it: what, the reading behind it, and whether its day has passed."""

    what: What
    reading: Reading
    last_day: date
    late: bool


def is_untold(case: Columns, *, now: datetime, delay: timedelta) -> bool:
    """Say whether the last dispatch is so fresh that it may be taken back unseen."""
    return (
        case.state is State.ASSIGNED
        and case.dispatched_at is not None
        and now - case.dispatched_at < delay
    )


def told_by(
    case: Columns, readings: Sequence[Reading], *, now: datetime, delay: timedelta
) -> tuple[Dated, ...]:
    """Return what a reporter of the case is promised at `now`: the receipt page says just this."""
    untold = is_untold(case, now=now, delay=delay)
    if untold and case.accepted_with_dispatch:
        # The press that accepted and dispatched may still be taken back: nothing of it is told.
        latest = [one for one in readings if one.kind == "acceptance"][-1:]
        return tuple(
            Dated(What.DECISION, one, one.last_day, late=False) for one in latest if one.last_day
        )
    running = {one.kind: one for one in readings if one.is_open and not one.window}
    found = []
    for what, kinds in KEPT_BY.items():
        # Once tasks are out it is known to be true, though nobody has signed that yet.
        is_known = what is What.CHECK and case.state in WITH_BOOK
        one = next((running[kind] for kind in kinds if kind in running), None)
        if one is None or one.last_day is None or is_known:
            continue
        if not (untold and what is What.RESPONSE):
            found.append(Dated(what, one, one.last_day, late=one.breach))
    return tuple(found)


class Recorded(Protocol):
    """An event as the ledger reads it."""

    @property
    def seq(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> Any: ...
    @property
    def role(self) -> Any: ...
    @property
    def case_id(self) -> UUID | None: ...
    @property
    def to_state(self) -> str | None: ...
    @property
    def payload(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One date as it was told, and what became of it."""

    what: What
    #: At the end of this day it is kept or broken, whatever was said later.
    day: date
    due_at: datetime
    told_at: datetime
    #: The event after which it was told.
    seq: int
    #: None for a date that somebody wrote beside a message.
    policy_version: int | None
    calendar_version: int
    provisional: bool
    #: The objection that is ruled on.
    subject: str = CASE
    #: The date that was told in its place later, if one was.
    later: date | None = None
    judged: Judged = Judged.WAITS
    #: When it was kept, broken or released; a reporter's act is known to the hour.
    judged_at: datetime | None = None


@dataclass(slots=True)
class _Seen:
    """The columns of a case as its events so far give them."""

    state: State = State.RECEIVED
    dispatched_at: datetime | None = None
    accepted_with_dispatch: bool = False
    accepted_at: Any = None
    verified_at: Any = None

    def take(self, event: Recorded) -> None:
        self.state = State(event.to_state or self.state)
        given = event.payload.get("set", {})
        for name in ("accepted_with_dispatch", "accepted_at", "verified_at"):
            if name in given:
                setattr(self, name, given[name])
        if "dispatched_at" in given:
            at = given["dispatched_at"]
            self.dispatched_at = datetime.fromisoformat(at) if isinstance(at, str) else at


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules by which dates were told: the calendars from when each was known, oldest first."""

    policies: Sequence[TimeLimitPolicy]
    calendars: Sequence[tuple[datetime, Calendar]]
    delay: timedelta


def ledger(
    events: Sequence[Recorded], report: UUID, origin: UUID, rules: Rules, *, now: datetime
) -> tuple[Promise, ...]:
    """Return every date that the reporter of `report` was told up to `now`, judged as told.

    `events` are those of all cases in which the report was handled, by `seq`; `origin` is the one
    that filing it started. A date counts as told when the receipt page would have shown it, read
    or not: nobody notes when a reporter reads. A date told anew, after a pause, an extension or a
    holiday notice, is a promise of its own; the former stays and is judged by its own day.
    """
    homes = list(_homes(events, str(report), origin))
    told: list[Promise] = []
    for place, (since, calendar) in enumerate(rules.calendars):
        begin = since if place else EVER
        end = rules.calendars[place + 1][0] if place + 1 < len(rules.calendars) else None
        told += _Telling(events, homes, str(report), rules, calendar).between(begin, end, now)
    brought = _brought(events, homes, str(report), origin)
    return tuple(_judged(one, brought, now) for one in _first_told(told))


def _homes(events: Iterable[Recorded], report: str, origin: UUID) -> Iterator[UUID]:
    """Yield for each event the case that handles the report once it has happened."""
    home = origin
    for event in events:
        if event.case_id == home and report in map(str, event.payload.get("reports", ())):
            gone = {E.MERGED: "into", E.SPLIT: "back_to"}.get(event.kind, "")
            home = UUID(str(event.payload.get(gone) or home))
        yield home


@dataclass(slots=True)
class _Telling:
    """The events walked through under one calendar: what the page said after each."""

    events: Sequence[Recorded]
    homes: Sequence[UUID]
    report: str
    rules: Rules
    calendar: Calendar
    replays: dict[UUID, Replay] = field(default_factory=dict)
    columns: dict[UUID, _Seen] = field(default_factory=dict)
    #: The reporter's own objections.
    objections: set[str] = field(default_factory=set)
    withdrawn: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return self.rules.policies[0].zone

    def between(self, begin: datetime, end: datetime | None, now: datetime) -> Iterator[Promise]:
        """Yield each date said from `begin` until `end`, in order, again and again."""
        if begin > now:
            return
        for case_id in set(self.homes):
            self.replays[case_id] = Replay(self.rules.policies, self.calendar, str(case_id))
            self.columns[case_id] = _Seen()
        clock = EVER
        for place, event in enumerate(self.events):
            clock = max(clock, event.at)
            self._take(event)
            following = self.events[place + 1] if place + 1 < len(self.events) else None
            # Up to now and with it, or short of the next event.
            until = max(clock, following.at) if following else now + timedelta.resolution
            if _is_one_press(event, following):
                continue
            for moment in self._moments(self.homes[place], clock, until, begin):
                if begin <= moment and (end is None or moment < end):
                    yield from self._said(event, self.homes[place], moment)
            if event.kind in (E.ASKED, E.ANSWERED) and (end is None or clock < end):
                yield from self._written(event, clock, begin)

    def _take(self, event: Recorded) -> None:
        fact = as_fact(event)
        for replay in self.replays.values():
            replay.walk((fact,))
        if event.case_id in self.columns:
            self.columns[event.case_id].take(event)
        if event.kind is E.WITHDRAWN and str(event.payload.get("report")) == self.report:
            self.withdrawn = True
        if event.kind is E.OBJECTED and str(event.payload.get("report")) == self.report:
            self.objections.add(str(event.payload.get("objection")))

    def _moments(
        self, home: UUID, clock: datetime, until: datetime, begin: datetime
    ) -> list[datetime]:
        """Return when what is said may change until the next event: time alone can change it."""
        moments = {clock, begin}
        sent = self.columns[home].dispatched_at
        if sent is not None:
            moments.add(sent + self.rules.delay)
        for pause in self.replays[home].pauses:
            for policy in self.rules.policies:
                cap = pause.paused_at + timedelta(days=policy.pause.max_days)
                moments |= {cap, cap + timedelta.resolution}
        return sorted(one for one in moments if one == clock or clock < one < until)

    def _said(self, event: Recorded, home: UUID, moment: datetime) -> Iterator[Promise]:
        if self.withdrawn:
            return
        readings = self.replays[home].readings_of(CLOCKS, moment)
        found = list(told_by(self.columns[home], readings, now=moment, delay=self.rules.delay)) + [
            Dated(What.RULING, one, one.last_day, late=one.breach)
            for one in readings
            if one.subject in self.objections and one.is_open and one.last_day
        ]
        for dated in found:
            reading = dated.reading
            if dated.late:
                continue
            yield Promise(
                what=dated.what,
                day=dated.last_day,
                due_at=end_of(dated.last_day, self.zone),
                told_at=moment,
                seq=event.seq,
                policy_version=reading.policy_version,
                calendar_version=self.calendar.version,
                provisional=reading.provisional,
                subject=reading.subject,
            )

    def _written(self, event: Recorded, clock: datetime, begin: datetime) -> Iterator[Promise]:
        day = event.payload.get("promised_on")
        if day is None or clock < begin or str(event.payload.get("report")) != self.report:
            return
        last = date.fromisoformat(str(day))
        yield Promise(
            what=What.MESSAGE,
            day=last,
            due_at=end_of(last, self.zone),
            told_at=clock,
            seq=event.seq,
            policy_version=None,
            calendar_version=self.calendar.version,
            provisional=False,
            subject=str(event.seq),
        )


def as_fact(event: Recorded) -> Fact:
    """Return an event as clocks look at it."""
    return Fact(
        kind=str(event.kind),
        at=event.at,
        seq=event.seq,
        payload={**event.payload, "by_role": str(event.role)},
        case_id=str(event.case_id),
    )


def _is_one_press(event: Recorded, following: Recorded | None) -> bool:
    """Say whether nobody can have seen how it stood between the two."""
    return (
        following is not None
        and (event.kind, following.kind) == (E.ACCEPTED, E.DISPATCHED)
        and event.case_id == following.case_id
        and bool(following.payload.get("set", {}).get("accepted_with_dispatch"))
    )


def _first_told(said: Iterable[Promise]) -> list[Promise]:
    """Return each date once, as it was first told; a date told anew names itself to the former.

    One that is said, not said for a while (as in a pause) and said again is the same promise.
    """
    found: dict[tuple[What, str, date], Promise] = {}
    last: dict[tuple[What, str], tuple[What, str, date]] = {}
    for one in said:
        thread = one.what, one.subject
        key = *thread, one.day
        before = last.get(thread)
        if before is not None and before != key:
            found[before] = replace(found[before], later=one.day)
        last[thread] = key
        found[key] = replace(found.get(key, one), later=None)
    return sorted(
        found.values(), key=lambda one: (one.told_at, one.seq, list(What).index(one.what))
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What an event brought the reporter: promises that it keeps, and those that fall away."""

    seq: int
    at: datetime
    keeps: frozenset[What | str]
    releases: frozenset[What]


def _brought(
    events: Sequence[Recorded], homes: Sequence[UUID], report: str, origin: UUID
) -> list[_Told]:
    """Return what each event brought the reporter; a ruling is named by its objection's id."""
    columns: dict[UUID | None, _Seen] = {}
    taken_back = _taken_back(events)
    found = []
    for event, before, home in zip(events, [origin, *homes], homes, strict=False):
        columns.setdefault(event.case_id, _Seen()).take(event)
        keeps: set[What | str] = set()
        releases: set[What] = set()
        if event.case_id == before:
            keeps |= _of_the_case(event.kind) if event.seq not in taken_back else set()
            releases |= {What.CHECK} if event.kind in ENDED_WITH_ANSWER else set()
        if home != before:
            into = columns.setdefault(home, _Seen())
            keeps |= {What.DECISION} if into.accepted_at else set()
            keeps |= {What.CHECK} if into.verified_at or into.state in WITH_BOOK else set()
        keeps |= _of_the_report(event, report)
        if event.kind is E.OBJECTION_DECIDED:
            keeps.add(str(event.payload.get("objection")))
        if event.kind is E.WITHDRAWN and str(event.payload.get("report")) == report:
            releases |= set(What)
        if keeps or releases:
            found.append(_Told(event.seq, event.at, frozenset(keeps), frozenset(releases)))
    return found


def _of_the_case(kind: Any) -> set[What | str]:
    if kind is E.ACCEPTED:
        return {What.DECISION}
    if kind in (E.VERIFIED, E.TASK_BOOK_ISSUED):
        return {What.CHECK}
    if kind in ENDED_WITH_ANSWER:
        return {What.DECISION, What.RESPONSE, What.ANSWER, What.MESSAGE}
    return set()


def _of_the_report(event: Recorded, report: str) -> set[What | str]:
    if event.kind is E.CONCLUDED and report in map(str, event.payload.get("reports", ())):
        return {What.RESPONSE, What.ANSWER, What.MESSAGE}
    is_talk = event.kind in (E.ASKED, E.ANSWERED) and event.role is not Role.REPORTER
    # Another reporter's answer keeps nothing that this one was promised.
    if is_talk and str(event.payload.get("report")) == report:
        return {What.RESPONSE, What.MESSAGE}
    return set()


def _taken_back(events: Iterable[Recorded]) -> set[int]:
    """Return the acceptances that were taken back by the same press."""
    last: dict[UUID | None, int] = {}
    gone = set()
    for event in events:
        if event.kind is E.ACCEPTED:
            last[event.case_id] = event.seq
        elif event.kind is E.TAKEN_BACK and event.payload.get("acceptance_too"):
            gone |= {last.pop(event.case_id, event.seq)}
    return gone


def _judged(one: Promise, brought: Iterable[_Told], now: datetime) -> Promise:
    key = one.subject if one.what is What.RULING else one.what
    for told in brought:
        if told.seq <= one.seq or told.at >= one.due_at:
            continue
        if key in told.keeps:
            return replace(one, judged=Judged.KEPT, judged_at=told.at)
        if one.what in told.releases:
            return replace(one, judged=Judged.RELEASED, judged_at=told.at)
    if now >= one.due_at:
        return replace(one, judged=Judged.BROKEN, judged_at=one.due_at)
    return one
