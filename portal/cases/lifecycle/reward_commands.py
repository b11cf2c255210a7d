"""What people ask for about rewards."""

from dataclasses import dataclass, field
from uuid import UUID

from portal.cases.lifecycle.commands import Command as Command
from portal.rewards.lifecycle import Measure


@dataclass(frozen=True, kw_only=True)
class ProposeReward(Command):
    rule: str | None
    measure: Measure = field(default_factory=Measure)
    #: The reports that told of this hazard; the first of them that can be rewarded is.
    among: tuple[UUID, ...] = ()
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ApproveReward(Command):
    """One of the two signatures."""

    reward_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class EndReward(Command):
    """Whoever proposed it takes it back, or somebody who could sign does not."""

    reward_id: UUID | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class DenyReward(Command):
    report_id: UUID | None
    #: A listed reason.
    why_not: str | None
    #: What the reporter reads besides.
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class ClaimReward(Command):
    """The reporter's own press."""


@dataclass(frozen=True, kw_only=True)
class LapseReward(Command):
    """A timer notes that the time for claiming is over."""

    reward_id: UUID
