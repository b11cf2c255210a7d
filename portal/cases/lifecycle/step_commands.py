"""What people ask for on the ladder of disciplinary steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from portal.cases.lifecycle.commands import Command as Command


@dataclass(frozen=True, kw_only=True)
class ProposeStep(Command):
    rung: str | None
    link: str | None
    #: Facts of the case that ground it, by their codes.
    grounds: tuple[str, ...]
    reason: str
    #: Why a milder step is not enough, where a rung is left out.
    skip_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class OrderStep(Command):
    """Either a step that was proposed, or one of the orderer's own, said like a proposal."""

    step_id: UUID | None
    rung: str | None = None
    link: str | None = None
    grounds: tuple[str, ...] = ()
    reason: str = ""
    skip_reason: str = ""
    #: For an interview: the day.
    meeting_on: date | None = None
    #: For a listing: which major hazard, until when it is put right, how the public reads it.
    hazard_id: UUID | None = None
    until_on: date | None = None
    published: str = ""


@dataclass(frozen=True, kw_only=True)
class AnswerStep(Command):
    """The addressee's answer: by the link, or on paper as the group records it."""

    step_id: UUID | None
    body: str
    name: str
    post: str
    #: The day on which a paper arrived; by the link there is none.
    arrived_on: date | None = None
    files: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class EndStep(Command):
    step_id: UUID | None
    end: str | None
    #: What came of it, or why it is withdrawn or not ordered.
    effect: str


@dataclass(frozen=True, kw_only=True)
class RevokeStepLink(Command):
    step_id: UUID | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Promised:
    """Something promised in an interview."""

    words: str
    due_on: date | None


@dataclass(frozen=True, kw_only=True)
class HoldInterview(Command):
    step_id: UUID | None
    held_at: datetime | None
    until_at: datetime | None
    place: str
    people: str
    #: Matter and facts; by which law; what the person said to it; what is demanded.
    record: str
    basis: str
    statement: str
    demands: str
    signed: bool
    commitments: tuple[Promised, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SettleCommitment(Command):
    commitment_id: UUID | None
    kept: bool | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class TakeEvidence(Command):
    """The evidence for a proposal of accountability leaves the portal."""

    step_id: UUID | None
    #: With events, words and files, so that outsiders can check it; else the paper alone.
    whole: bool


@dataclass(frozen=True, kw_only=True)
class AcceptWork(Command):
    """Another body has looked at a listed hazard after its check; written down by one of it."""

    listing_id: UUID | None
    body: str
    #: Who acted for it, with their posts.
    people: str
    accepted_on: date | None
    passed: bool | None
    opinion: str
    files: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class AskDelisting(Command):
    listing_id: UUID | None
    #: What shows that it can be struck off.
    proof: str
    files: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class DecideDelisting(Command):
    listing_id: UUID | None
    granted: bool | None
    reason: str
