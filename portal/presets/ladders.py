"""The ladder of disciplinary steps as frozen values: who may take which, on what grounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.presets.kinds import Basis, Words

#: The steps of the ladder, mildest first.
DISCIPLINARY_STEPS = (
    "remind",
    "urge",
    "supervise",
    "notify_criticism",
    "warn",
    "interview",
    "list_for_supervision",
    "propose_accountability",
)
PROPOSING_ROLES = ("member", "lead", "director")
ORDERING_ROLES = ("lead", "director")
#: The links of the responsibility chain, as `units` names them.
LINKS = ("main_responsible_person", "safety_officer", "authority", "grid", "township", "district")
#: Facts that can ground a step, as `discipline` measures them.
GROUNDS = ("overdue", "failed", "refused", "repeated", "major", "broken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of the ladder and its rules."""

    code: str
    name: Words
    may_propose: frozenset[str]
    may_order: frozenset[str]
    #: The links of the chain toward which it can be taken.
    toward: frozenset[str]
    #: Ground → from how much on it suggests the step.
    grounds: Mapping[str, int]
    #: Working days that the addressee has to answer.
    answer_days: int
    #: Steps that may follow without leaving out a rung; none after the last.
    next: frozenset[str] = frozenset()
    #: Whoever proposed it cannot order it.
    two_people: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The rungs, mildest first."""

    version: int
    holds_from: datetime
    rungs: tuple[Rung, ...]
    #: For so many days back a matter of the same kind at the same unit counts as repeated.
    repeated_days: int
    #: The addressee's link shows the step so long after it ended.
    link_days: int
    basis: Basis = Basis.PRODUCT
    source: str = ""

    def rung(self, code: str) -> Rung | None:
        """Return a step's rules; None if the city does not take such a step."""
        return next((rung for rung in self.rungs if rung.code == code), None)

    def rank(self, code: str) -> int:
        """Return the place of a step, from 0; -1 for one that the city does not take."""
        return next((place for place, rung in enumerate(self.rungs) if rung.code == code), -1)
