"""What the guards look at: a frozen picture of a case at the moment of a move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from portal.access.kinds import Actor, GroupKind
from portal.access.policy import Owned
from portal.cases.kinds import Finding, Priority, Resolution, Shows, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import step_commands as s
from portal.discipline.lifecycle import LadderFacts, ListingFacts
from portal.inspections.kinds import Level
from portal.rewards.lifecycle import RewardFacts
from portal.taskbooks.kinds import ItemState

#: Commands whose guard or effect looks at a part that is costly to read.
ABOUT_GROUPS = (c.Dispatch, c.Reassign, c.DecideReturn)
ABOUT_MEMBERS = (c.AssignHandler, c.Inspect, c.DecideLevel)
ABOUT_FILES = (c.ReleaseFiles,)
ABOUT_WORK = (s.AcceptWork,)
ABOUT_WINDOWS = (c.ReturnDispatch, c.AskReturn, c.Object, c.Rate)
ABOUT_STRETCHES = (c.AskExtension, c.DecideExtension)
ABOUT_CLOCKS = (*ABOUT_WINDOWS, *ABOUT_STRETCHES)


def asks(command: c.Command | None, kinds: tuple[type[c.Command], ...]) -> bool:
    """Say whether a part is needed; without a command somebody wants to see everything."""
    return command is None or isinstance(command, kinds)


class NotRead:
    """Stands where a part of the picture was left out; to look at it is a fault of ours."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"the picture of the case was made without this part ({name})")

    def _fail(self, *_: object) -> Any:
        raise RuntimeError("the picture of the case was made without this part")

    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = __bool__ = _fail
    __contains__ = __iter__ = __len__ = __getitem__ = _fail
    __hash__ = None  # type: ignore[assignment]


NOT_READ: Any = NotRead()


class CaseColumns(Owned, Protocol):
    """The columns that guards may read; the table's row has them."""

    id: UUID
    version: int
    state: State
    kind: str
    category: str | None
    sector: str | None
    unit_id: UUID | None
    handler_id: UUID | None
    priority: Priority
    suspected_major: bool
    opened_at: datetime
    accepted_at: datetime | None
    dispatched_at: datetime | None
    dispatched_by: UUID | None
    accepted_with_dispatch: bool
    dispatch_count: int
    signed_for_at: datetime | None
    ever_signed: bool
    return_count: int
    return_asked_at: datetime | None
    inspected_at: datetime | None
    verified_at: datetime | None
    finding: Finding | None
    concluded_at: datetime | None
    closed_at: datetime | None
    reopen_count: int
    withdrawn_at: datetime | None
    paused_at: datetime | None
    pause_days: int
    merged_into: UUID | None
    set_aside_until: date | None
    slow_lane: bool
    resolution: Resolution | None
    hidden_from: list[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    id: UUID
    origin_case_id: UUID
    #: Messages of the reporter after the last one from the staff.
    unanswered: int
    #: Staff wrote to the reporter and no reply came since.
    is_asked: bool
    withdrawn: bool
    reachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardFacts:
    id: UUID
    number: int
    level: Level
    on_spot: bool
    #: How often the case had been reopened when it was found.
    episode: int = 0
    #: A ruling on an objection said that it is none.
    is_refuted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    id: UUID
    number: int
    task_book_id: UUID
    hazard_id: UUID
    state: ItemState
    episode: int
    ordered_by: UUID
    level: Level = Level.GENERAL
    failed_count: int = 0
    #: Who gave the first signature under the check of a major hazard.
    signed_by: UUID | None = None
    #: An interim protection was ordered, and the unit has not said that it stands.
    interim_waits: bool = False
    #: It says what will show it, from what it is paid, what is done if it happens all the same,
    #: and what keeps people safe until then.
    has_proof: bool = True
    has_funds: bool = True
    has_contingency: bool = True
    has_interim: bool = True

    @property
    def lacks(self) -> tuple[str, ...]:
        """What a task with the unit still lacks because its hazard is major, by the field."""
        if self.level is not Level.MAJOR or self.state is not ItemState.WITH_UNIT:
            return ()
        held = {
            "evidence_asked": self.has_proof,
            "funds": self.has_funds,
            "contingency": self.has_contingency,
            "interim": self.has_interim,
        }
        return tuple(name for name, is_there in held.items() if not is_there)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookFacts:
    id: UUID
    unit_id: UUID
    is_signed: bool
    has_link: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionFacts:
    inspectors: frozenset[UUID]
    recorded_by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionFacts:
    id: UUID
    report_id: UUID | None
    task_book_id: UUID | None
    item_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionFacts:
    """More time that somebody asked for and nobody has decided on."""

    id: UUID
    #: None: for concluding the case.
    item_id: UUID | None
    #: None: somebody at the unit.
    asked_by: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """How far the time of one running clock can still be extended."""

    #: None while a pause leaves it open.
    due_at: datetime | None
    last_day: date
    #: How many units the preset still allows; 0: none, or none any more.
    units: int
    #: The last day that could be set.
    latest: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    id: UUID
    code: str
    kind: GroupKind
    people_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCase:
    """The case into which this one is to be merged, or to which a split gives reports back."""

    id: UUID
    state: State
    version: int
    is_concluded: bool = False
    unanswered: int = 0
    hidden_from: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Spans that the preset sets; days and minutes say so in their names."""

    take_back_minutes: int
    set_aside_days: int
    pause_days_max: int
    #: Until when a return or an objection is possible; None: no such clock runs.
    return_due: datetime | None
    objection_due: datetime | None
    #: The most days for which a hazard can be listed; None: the city has no such limit.
    listing_days_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    case: CaseColumns
    actor: Actor
    #: The moment that is stored; of a reporter's act the start of the hour.
    now: datetime
    #: The moment up to which everything was read: a limit is over or not by this one.
    read_at: datetime
    #: The day of it in the portal's zone.
    today: date
    #: The day, in the portal's zone, on which the present pause began.
    paused_on: date | None = None
    reports: Sequence[ReportFacts] = ()
    hazards: Sequence[HazardFacts] = ()
    items: Sequence[ItemFacts] = ()
    books: Sequence[BookFacts] = ()
    inspections: Sequence[InspectionFacts] = ()
    objections: Sequence[ObjectionFacts] = ()
    #: More time that was asked for and not decided on, and how much could be given: by the id of
    #: the task, "case" for concluding.
    extensions: Sequence[ExtensionFacts] = ()
    stretches: Mapping[str, Stretch] = field(default_factory=dict)
    #: People with a part in the case: who accepted, dispatched, handled, inspected, decided.
    #: Whether an objection was upheld in the present episode.
    has_upheld_objection: bool = False
    took_part: frozenset[UUID] = frozenset()
    #: People who may not handle: a tie to the unit, or stepped back.
    barred: frozenset[UUID] = frozenset()
    #: People who stepped back, as the case's column holds them.
    recused: Sequence[UUID] = ()
    #: Accounts (→ person) of the case's group today.
    members: Mapping[UUID, UUID] = field(default_factory=dict)
    #: Groups that exist and have people, by id.
    groups: Mapping[UUID, GroupFacts] = field(default_factory=dict)
    #: The group that routing proposes, and the stored explanation.
    proposed_group: UUID | None = None
    routing: Mapping[str, Any] | None = None
    other: OtherCase | None = None
    #: Clean pictures that no reporter gave: those a reporter may be shown; and those that are.
    releasable: frozenset[UUID] = frozenset()
    released: Mapping[UUID, Shows] = field(default_factory=dict)
    windows: Windows
    refusal_reasons: frozenset[str] = frozenset()
    pause_reasons: frozenset[str] = frozenset()
    #: Office → the moves for which it may be named.
    offices: Mapping[str, frozenset[str]] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    jurisdictions: frozenset[str] = frozenset()
    townships: frozenset[str] = frozenset()
    #: False: the command names a unit that does not exist.
    unit_known: bool = True
    #: Risk of a command that assesses one: (value, colour), worked out by the pure room.
    risk: tuple[float, str] | None = None
    #: Read for those who act on the ladder alone.
    ladder: LadderFacts = field(default_factory=lambda: NOT_READ)
    #: Read for those who decide about rewards, reporters, and for a merge or split.
    rewards: RewardFacts = field(default_factory=lambda: NOT_READ)
    #: Hazards that were listed for supervision, struck off or not.
    listings: Sequence[ListingFacts] = ()
    #: Who visited, ordered or checked in this case, with their names: they accept no work of it.
    worked_on_it: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def live_items(self) -> tuple[ItemFacts, ...]:
        """Items of the present episode that were not withdrawn."""
        return tuple(
            item
            for item in self.items
            if item.episode == self.case.reopen_count and item.state is not ItemState.WITHDRAWN
        )

    @property
    def open_items(self) -> tuple[ItemFacts, ...]:
        return tuple(item for item in self.live_items if item.state is not ItemState.PASSED)

    @property
    def reported_items(self) -> tuple[ItemFacts, ...]:
        return tuple(item for item in self.live_items if item.state is ItemState.REPORTED)

    @property
    def inspectors(self) -> frozenset[UUID]:
        return frozenset().union(*(visit.inspectors for visit in self.inspections))

    @property
    def unanswered(self) -> int:
        return sum(report.unanswered for report in self.reports)

    def item(self, item_id: UUID | None) -> ItemFacts | None:
        return next((item for item in self.live_items if item.id == item_id), None)

    def report(self, report_id: UUID | None) -> ReportFacts | None:
        return next((report for report in self.reports if report.id == report_id), None)


def derived_state(case: CaseColumns, states: Sequence[ItemState]) -> State:
    """Return the working state that follows from the live items of the present episode.

    Some item with the unit: rectifying. Items, none with the unit: reviewing. None: in hand.
    """
    live = [state for state in states if state is not ItemState.WITHDRAWN]
    if not live:
        return State.IN_HAND
    if ItemState.WITH_UNIT in live:
        return State.RECTIFYING
    return State.REVIEWING


def none_remains(facts: Facts) -> bool:
    """Say whether hazards were found and rulings on objections left none of them."""
    return bool(facts.hazards) and all(hazard.is_refuted for hazard in facts.hazards)


def ends_by_reviews(facts: Facts) -> bool:
    """Say whether the case can only end as put right: what was reported is true, or a task is out.

    The visit may find nothing of what was reported and another hazard. That the report is not
    true is said all the same, and the case ends when the other hazard has passed its review.
    """
    is_true = facts.case.finding in (Finding.TRUE, Finding.PARTLY) and not none_remains(facts)
    return is_true or bool(facts.live_items)
