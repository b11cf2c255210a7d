"""One clock while the events of a case are walked through: started, touched, stopped, read."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from portal.clocks.due import Due, Span, due, due_on, is_by_day
from portal.clocks.facts import Fact, Grant, Pause, spans_of
from portal.clocks.reading import Reading, State
from portal.presets.kinds import Calendar, Limit, TimeLimitPolicy


@dataclass(slots=True)
class Run:
    """A clock of one kind, subject and episode; only `replay` changes it."""

    kind: str
    subject: str
    episode: int
    started_at: datetime
    policy: TimeLimitPolicy
    #: The limits that apply; the strictest holds. Empty for `chain`.
    limits: list[Limit]
    window: bool = False
    #: The day of the event where its moment is 24:00 (see `due.due`).
    start_day: date | None = None
    #: A day that somebody set, and the moment of setting it: earlier pauses are in it already.
    set_day: date | None = None
    set_at: datetime | None = None
    grants: list[Grant] = field(default_factory=list)
    stopped_at: datetime | None = None
    stopped_by: str | None = None
    is_cancelled: bool = False
    #: The due date that was missed; from then on nothing moves it.
    missed: Due | None = None
    missed_limit: Limit | None = None
    #: The due date in the history's own record of the breach.
    recorded: datetime | None = None

    @property
    def is_running(self) -> bool:
        return self.stopped_at is None

    def is_pausable(self) -> bool:
        return any(limit.pausable for limit in self.limits)

    def stop(self, fact: Fact, *, cancelled: bool = False) -> None:
        self.stopped_at, self.stopped_by = fact.at, fact.kind
        self.is_cancelled = cancelled

    def go_on(self) -> None:
        """Take back a stop: the clock runs as if it had never stopped."""
        self.stopped_at = self.stopped_by = None
        self.is_cancelled = False


@dataclass(slots=True)
class Reckoning:
    """When a run is due, by which limit, and whether a pause leaves that open."""

    due: Due | None
    limit: Limit | None
    is_paused: bool = False


def reckon(run: Run, pauses: list[Pause], calendar: Calendar, now: datetime) -> Reckoning:
    """Work out a run's due date as it stands at `now`, or stood when the run stopped."""
    if run.missed is not None:
        return Reckoning(run.missed, run.missed_limit)
    best = Reckoning(None, run.limits[0] if run.limits else None)
    choices: list[Limit | None] = [*run.limits]
    for limit in choices or ([None] if run.set_day else []):
        found = _reckon_one(run, limit, pauses, calendar, run.stopped_at or now)
        if best.due is None or (found.due is not None and found.due.due_at < best.due.due_at):
            best = found
    return best


def _reckon_one(
    run: Run, limit: Limit | None, pauses: list[Pause], calendar: Calendar, until: datetime
) -> Reckoning:
    since = run.set_at or run.started_at
    spans: list[Span] = []
    goes_on = False
    if pauses and limit is not None and limit.pausable:
        spans, goes_on = spans_of(pauses, run.policy, since, until)

    def with_pauses(number: int) -> Due:
        counted = spans[:number]
        if run.set_day is not None:
            return due_on(since, run.set_day, calendar, run.policy, pauses=counted)
        assert limit is not None  # noqa: S101 - a run has a limit or a set day
        more = sum(grant.value for grant in run.grants)
        return due(
            run.started_at,
            limit,
            calendar,
            run.policy,
            pauses=counted,
            extension=more,
            start_day=run.start_day,
        )

    found = with_pauses(len(spans))
    if goes_on and run.stopped_at is None and spans:
        # The pause leaves the end open unless the time was used up when it began: the pause day
        # itself counts as used.
        before, begin = with_pauses(len(spans) - 1), spans[-1][0]
        by_day = run.set_day is not None or (limit is not None and is_by_day(limit.unit))
        if by_day:
            goes_on = before.last_day > begin.astimezone(run.policy.zone).date()
        else:
            goes_on = before.due_at > begin
    else:
        goes_on = False
    return Reckoning(found, limit, goes_on)


def touch(run: Run, pauses: list[Pause], calendar: Calendar, now: datetime) -> None:
    """Before an event changes a run: if its time is over by then, fix the breach for good.

    Without this an extension or a pause that comes too late would wipe it out.
    """
    if run.missed is not None or run.window or not run.is_running:
        return
    found = reckon(run, pauses, calendar, now)
    if found.due is not None and not found.is_paused and now > found.due.due_at:
        run.missed, run.missed_limit = found.due, found.limit


def read(run: Run, pauses: list[Pause], calendar: Calendar, as_of: datetime) -> Reading:
    """Return the reading of a run at `as_of`."""
    until = run.stopped_at or as_of
    found = reckon(run, pauses, calendar, as_of)
    due_at = None if found.due is None or found.is_paused else found.due.due_at
    if run.recorded is not None:
        due_at = run.recorded
    is_late = run.recorded is not None or run.missed is not None
    is_late = is_late or (due_at is not None and until > due_at)
    own_pauses = _own_pauses(run, pauses, until)
    limit = found.limit
    return Reading(
        kind=limit.id if limit and run.kind != "item" else run.kind,
        subject=run.subject,
        episode=run.episode,
        state=_state(run, is_late, found.is_paused and run.recorded is None),
        started_at=run.started_at,
        due_at=due_at,
        stopped_at=run.stopped_at,
        pauses=own_pauses,
        extensions=tuple(run.grants),
        elapsed=_elapsed(run, own_pauses, until),
        provisional=found.due is not None and found.due.provisional,
        breach=is_late and not run.window,
        window=run.window,
        policy_version=run.policy.version,
        as_of=as_of,
        limit=limit,
        due=found.due,
        set_day=run.set_day,
        stopped_by=run.stopped_by,
        stricter_of=tuple(one.id for one in run.limits) if len(run.limits) > 1 else (),
        recorded=run.recorded is not None,
        pause_names=tuple(run.policy.pause.reasons.get(pause.reason) for pause in own_pauses),
    )


def _state(run: Run, is_late: bool, is_paused: bool) -> State:
    if run.window and is_late:
        return State.DONE  # a right that has passed
    if run.is_cancelled:
        return State.CANCELLED
    if run.stopped_at is not None:
        return State.DONE_LATE if is_late else State.DONE
    if is_late:
        return State.OVERDUE
    return State.PAUSED if is_paused else State.RUNNING


def _own_pauses(run: Run, pauses: list[Pause], until: datetime) -> tuple[Pause, ...]:
    if not pauses or not run.is_pausable():
        return ()
    return tuple(
        pause
        for pause in pauses
        if pause.paused_at < until
        and (pause.resumed_at is None or pause.resumed_at > run.started_at)
    )


def _elapsed(run: Run, own_pauses: tuple[Pause, ...], until: datetime) -> timedelta:
    elapsed = max(until - run.started_at, timedelta(0))
    if own_pauses:
        spans, _ = spans_of(list(own_pauses), run.policy, run.started_at, until)
        elapsed -= sum((end - begin for begin, end in spans), timedelta(0))
    return elapsed


def policy_at(policies: tuple[TimeLimitPolicy, ...], moment: datetime) -> TimeLimitPolicy:
    """Return the policy in force at a moment; the first for anything before it."""
    found = policies[0]
    for policy in policies:
        if policy.holds_from <= moment:
            found = policy
    return found


def granted(run: Run, value: int) -> int:
    """Return how many units of a granted extension count, by the limit's own cap."""
    cap = run.limits[0].extension if run.limits else None
    if cap is None or len(run.grants) >= cap.times:
        return 0
    return max(0, min(value, cap.value))
