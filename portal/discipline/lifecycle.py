"""The rules of the ladder: what a fact suggests, when a rung is left out. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.discipline.kinds import Commitment, End, Ground, Step
from portal.presets.kinds import Words
from portal.presets.ladders import Ladder, Rung
from portal.units.kinds import Link

#: What was measured of a case, by ground; what is missing is nought.
Grounds = Mapping[Ground, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """A step as guards and suggestions look at it."""

    id: UUID
    rung: Step
    link: Link
    proposed_by: UUID
    ordered_at: datetime | None = None
    answer_due_at: datetime | None = None
    answered_at: datetime | None = None
    ended: End | None = None
    has_link: bool = False
    is_held: bool = False

    @property
    def is_open(self) -> bool:
        return self.ended is None

    @property
    def stands(self) -> bool:
        """It was ordered and not taken back: what follows may build on it."""
        return self.ordered_at is not None and self.ended is not End.WITHDRAWN

    def can_be_answered(self, at: datetime) -> bool:
        """Its time for answering runs and nobody has answered."""
        waits = self.ordered_at is not None and self.answered_at is None and self.is_open
        return waits and self.answer_due_at is not None and at <= self.answer_due_at


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentFacts:
    id: UUID
    step_id: UUID
    number: int
    due_on: date
    state: Commitment


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingFacts:
    """A listed hazard as guards look at it."""

    id: UUID
    step_id: UUID
    hazard_id: UUID
    listed_on: date
    until_on: date
    is_accepted: bool
    #: Who asked to strike it off, while nobody has decided.
    asked_by: UUID | None
    stands: bool


@dataclass(frozen=True, slots=True)
class Addressee:
    """A post that can be addressed: what it is called, and what it is in all its cases."""

    name: Words
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderFacts:
    """Everything that the guards of the ladder look at beside the case."""

    ladder: Ladder
    grounds: Grounds
    steps: Sequence[StepFacts] = ()
    commitments: Sequence[CommitmentFacts] = ()
    #: Links at which a post is named today.
    posts: Mapping[Link, Addressee]
    #: By step: until when whoever is addressed today can answer.
    answer_dues: Mapping[str, datetime]
    #: The first day of an interview of which the notice comes in time.
    earliest_meeting: date
    zone: ZoneInfo
    #: The city's own, in which a step keeps what the post is called.
    language: str
    #: Something was taken for a ground, or into the words, that came of help: it never counts.
    is_barred: bool = False

    @property
    def held(self) -> tuple[Ground, ...]:
        """The grounds that are so."""
        return tuple(ground for ground in Ground if self.grounds.get(ground, 0) > 0)

    def step(self, step_id: UUID | None) -> StepFacts | None:
        return next((step for step in self.steps if step.id == step_id), None)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A step that the rules suggest: which, by what, and whether it leaves out a rung."""

    rung: Step
    #: Ground, what was measured, from how much on it counts.
    because: tuple[tuple[Ground, int, int], ...]
    skips: bool


def barred_field(grounds: Collection[str]) -> str:
    """Return at which field it is said that help is no ground: it would never be asked for again
    if it could be turned against whom it helped.
    """
    return "grounds" if set(grounds) - set(Ground) else "reason"


def last_day(due_at: datetime, zone: ZoneInfo) -> date:
    """Return the day with whose end a time for answering ends."""
    return (due_at - timedelta(microseconds=1)).astimezone(zone).date()


def highest(ladder: Ladder, steps: Iterable[StepFacts]) -> int:
    """Return the place of the highest rung that stands; -1 for none."""
    return max((ladder.rank(step.rung) for step in steps if step.stands), default=-1)


def skips(ladder: Ladder, steps: Iterable[StepFacts], code: str) -> bool:
    """Say whether a step leaves out a rung: it is neither the first, nor one that was reached, nor
    one that may follow a step that stands.
    """
    steps = list(steps)
    place, top = ladder.rank(code), highest(ladder, steps)
    if place <= max(top, 0):
        return False
    standing = {step.rung for step in steps if step.stands}
    return not any(code in rung.next for rung in ladder.rungs if rung.code in standing)


def met(rung: Rung, grounds: Grounds) -> tuple[tuple[Ground, int, int], ...]:
    """Return the grounds of a rung that are met, in their order."""
    return tuple(
        (ground, grounds.get(ground, 0), rung.grounds[ground])
        for ground in Ground
        if ground in rung.grounds and grounds.get(ground, 0) >= rung.grounds[ground]
    )


def suggest(
    ladder: Ladder, grounds: Grounds, steps: Sequence[StepFacts], now: datetime
) -> Suggestion | None:
    """Return the mildest step above those that stand which a fact grounds; None: none.

    While an addressee can still answer, or a proposal waits, nothing further is suggested. Nothing
    is ordered by this: a named person does, or does not.
    """
    if any(step.can_be_answered(now) for step in steps):
        return None
    if any(step.is_open and step.ordered_at is None for step in steps):
        return None
    top = highest(ladder, steps)
    for rung in ladder.rungs[top + 1 :]:
        because = met(rung, grounds)
        if because:
            return Suggestion(Step(rung.code), because, skips(ladder, steps, rung.code))
    return None
