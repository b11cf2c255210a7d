"""A clock reading and the explanation that it carries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.clocks.days import Skipped
from portal.clocks.due import Due
from portal.clocks.facts import Grant, Pause
from portal.presets.kinds import Basis, Limit, TimeUnit, Words

CASE = "case"
CHAIN = "chain"
ITEM = "item"
#: The protection that is ordered for the time until a major hazard is put right, by task.
INTERIM = "interim_protection"

#: The time until which a listed hazard has to be put right and accepted, by listing.
LISTING = "listing"

#: On the ladder: the time of an addressee to answer, by step, and that of what was promised in an
#: interview, by commitment. Silence is no fault of the city's, but it is a fact with a day.
ANSWER = "unit_statement"
COMMITMENT = "commitment"

#: What somebody may leave undone: that its time is over is an event, but no case is late by it.
OPTIONAL = (ANSWER,)

#: Two limits for one clock: they share their episodes, and the stricter can take over.
FAMILIES = {"sign_for_urgent": "sign_for", "verification_major": "verification"}
#: Rights and not duties: when their time has passed nothing was missed.
WINDOWS = ("return_request", "objection")


def family(kind: str) -> str:
    """Return the name under which a kind's episodes are counted."""
    return FAMILIES.get(kind, kind)


class State(StrEnum):
    """How a clock stands."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    DONE_LATE = "done_late"
    OVERDUE = "overdue"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a clock reads as it does, for a page to put into words (`explain.sentences`)."""

    kind: str
    name: Words | None
    value: int | None
    unit: TimeUnit | None
    basis: Basis | None
    source: str
    policy_version: int | None
    started_at: datetime | None
    start_day: date | None
    counted: tuple[date, ...]
    skipped: tuple[Skipped, ...]
    made_up: tuple[date, ...]
    pauses: tuple[Pause, ...]
    pause_names: tuple[Words | None, ...]
    extension: int
    #: The day that somebody set for a task, where no number of units was counted.
    set_day: date | None
    rolled_from: date | None
    last_day: date | None
    due_at: datetime | None
    #: While paused: the end if the pause ended at the time of the reading.
    due_if_resumed: datetime | None
    provisional: bool
    #: Limits that were at hand when the stricter was taken.
    stricter_of: tuple[str, ...]
    #: The breach was written into the history, so its due date stands as it was then.
    recorded: bool
    stopped_at: datetime | None
    #: The kind of the event that ended it.
    stopped_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one clock stood at `as_of`.

    `kind` is the limit's id, or `chain`, or `item` for a task; `subject` is `case` or the id of a
    report, task or objection. `due_at` is None for `chain`, without a limit, and while a pause
    goes on. `elapsed` is the time from start to stop or `as_of` less what counted as pause. A
    `window` is a right and not a duty: when it has passed it is done, never breached. A clock can
    be cancelled and breached: the case ended, or went elsewhere, after the time was over.
    """

    kind: str
    subject: str
    episode: int
    state: State
    started_at: datetime | None = None
    due_at: datetime | None = None
    stopped_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Grant, ...] = ()
    elapsed: timedelta = timedelta(0)
    provisional: bool = False
    breach: bool = False
    window: bool = False
    policy_version: int | None = None
    as_of: datetime
    limit: Limit | None = field(default=None, repr=False)
    #: Behind `due_at`, also while paused; None without a limit.
    due: Due | None = field(default=None, repr=False)
    set_day: date | None = None
    stopped_by: str | None = None
    stricter_of: tuple[str, ...] = ()
    recorded: bool = False
    pause_names: tuple[Words | None, ...] = field(default=(), repr=False)

    @property
    def is_open(self) -> bool:
        """Tell whether the clock still waits for something."""
        return self.state in {State.RUNNING, State.PAUSED, State.OVERDUE}

    @property
    def last_day(self) -> date | None:
        """The day at whose end it is due, in the portal's zone; None where `due_at` is."""
        return self.due.last_day if self.due is not None and self.due_at is not None else None

    @property
    def why(self) -> Why:
        """The explanation, worked out when asked for."""
        due, limit = self.due, self.limit
        paused = self.state is State.PAUSED
        return Why(
            kind=self.kind,
            name=limit.name if limit else None,
            value=limit.value if limit else None,
            unit=limit.unit if limit else None,
            basis=limit.basis if limit else None,
            source=limit.source if limit else "",
            policy_version=self.policy_version,
            started_at=self.started_at,
            start_day=due.start_day if due else None,
            counted=due.counted if due else (),
            skipped=due.skipped if due else (),
            made_up=due.made_up if due else (),
            pauses=self.pauses,
            pause_names=self.pause_names,
            extension=sum(grant.value for grant in self.extensions),
            set_day=self.set_day,
            rolled_from=due.rolled_from if due else None,
            last_day=self.last_day,
            due_at=self.due_at,
            due_if_resumed=due.due_at if due and paused else None,
            provisional=self.provisional,
            stricter_of=self.stricter_of,
            recorded=self.recorded,
            stopped_at=self.stopped_at,
            stopped_by=self.stopped_by,
        )


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that was not kept; to be written into the history once."""

    kind: str
    subject: str
    episode: int
    due_at: datetime

    @property
    def key(self) -> tuple[str, str, int]:
        """What names the breach for ever, also if the stricter limit takes over later."""
        return family(self.kind), self.subject, self.episode


def breaches(readings: Sequence[Reading], as_of: datetime) -> tuple[Breach, ...]:
    """List what is breached at `as_of`, oldest first.

    A breach of a clock that meanwhile stopped, or was cancelled after its time, is listed too.
    """
    found = [
        Breach(reading.kind, reading.subject, reading.episode, reading.due_at)
        for reading in readings
        if reading.breach and reading.due_at is not None and reading.due_at < as_of
    ]
    return tuple(sorted(found, key=lambda breach: (breach.due_at, breach.key)))
