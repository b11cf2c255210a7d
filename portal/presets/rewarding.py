"""The rules of rewards as frozen values: for what, how much, who decides, until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.presets.kinds import Basis, Words

#: How an amount comes about: a share of the fine, so much for each proven dead, or a sum between
#: two bounds that whoever proposes it names.
BY_FINE, PER_PERSON, FIXED = "fine", "per_person", "fixed"
WAYS = (BY_FINE, PER_PERSON, FIXED)
#: Classes of accidents, the smallest first.
ACCIDENTS = ("general", "larger", "major", "extraordinary")
#: Roles that can be given a signature under a reward.
SIGNING_ROLES = ("lead", "director")


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRule:
    """What one kind of report is rewarded with; amounts in yuan."""

    code: str
    name: Words
    by: str
    percent: int
    per_person: Mapping[str, int]
    least: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRules:
    """Everything that a city says of rewards."""

    version: int
    holds_from: datetime
    rules: tuple[RewardRule, ...]
    #: An employee of the unit gets so much more.
    employee_percent: int
    #: The uplift may go beyond the most of the rule.
    uplift_over_most: bool
    #: A report without sealed contact details can be rewarded, too.
    anonymous: bool
    #: Calendar days for claiming from the second signature on.
    claim_days: int
    #: Why a report is not rewarded, as the reporter reads it.
    not_rewarded: Mapping[str, Words]
    #: Who may sign, and the roles of which one of the two must hold.
    may_approve: frozenset[str]
    one_of_them: frozenset[str]
    basis: Basis = Basis.PRODUCT
    source: str = ""

    def rule(self, code: str | None) -> RewardRule | None:
        """Return a rule by its code; None: the city has no such rule."""
        return next((rule for rule in self.rules if rule.code == code), None)
