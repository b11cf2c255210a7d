"""The rules of rewards: how much, for whose report, by whose signatures. Pure."""

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from uuid import UUID

from portal.presets.rewarding import BY_FINE, FIXED, PER_PERSON, RewardRule, RewardRules
from portal.rewards.kinds import RewardEnd, RewardState, Step

FEN = 100
#: What a field of a form holds; more is a slip of the pen.
FINE_MOST_FEN = 10**13
PERSONS_MOST = 10_000

# how much


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """By what a reward is measured."""

    fine_fen: int | None = None
    accident: str | None = None
    persons: int | None = None
    set_sum: int | None = None
    employee: bool = False


@dataclass(frozen=True, slots=True)
class Reckoned:
    """An amount in whole yuan, and each step that led to it with its numbers."""

    amount: int
    steps: tuple[tuple[Step, Mapping[str, Fraction]], ...]


def lacking(rule: RewardRule, given: Measure) -> str | None:
    """Return the field of `Measure` that the rule needs and that is missing or no such value."""
    if rule.by == BY_FINE:
        is_fine = given.fine_fen is not None and 0 < given.fine_fen <= FINE_MOST_FEN
        return None if is_fine else "fine_fen"
    if rule.by == FIXED:
        is_sum = given.set_sum is not None and rule.least <= given.set_sum <= rule.most
        return None if is_sum else "set_sum"
    if given.accident not in rule.per_person:
        return "accident"
    is_count = given.persons is not None and 1 <= given.persons <= PERSONS_MOST
    return None if is_count else "persons"


def reckon(rules: RewardRules, rule: RewardRule, given: Measure) -> Reckoned:
    """Return the amount: the rule's sum, between least and most, the uplift, the most again,
    rounded half up. In fractions of a yuan, so that nothing is rounded before the end.

    `given` holds what the rule needs: see `lacking`.
    """
    first, sum_, numbers = _first(rule, given)
    steps: list[tuple[Step, Mapping[str, Fraction]]] = [(first, {**numbers, "gives": sum_})]

    def now(step: Step, value: Fraction, **more: Fraction) -> Fraction:
        steps.append((step, {**more, "gives": value}))
        return value

    least, most = Fraction(rule.least), Fraction(rule.most)
    if sum_ < least:
        sum_ = now(Step.LEAST, least)
    if sum_ > most:
        sum_ = now(Step.MOST, most)
    if given.employee and rules.employee_percent:
        percent = Fraction(rules.employee_percent)
        sum_ = now(Step.EMPLOYEE, sum_ * (100 + percent) / 100, percent=percent)
        if sum_ > most and not rules.uplift_over_most:
            sum_ = now(Step.MOST, most)
    amount = rounded(sum_)
    if amount != sum_:
        now(Step.ROUNDED, Fraction(amount))
    return Reckoned(amount, tuple(steps))


def _first(rule: RewardRule, given: Measure) -> tuple[Step, Fraction, dict[str, Fraction]]:
    if rule.by == BY_FINE:
        fine, percent = Fraction(given.fine_fen or 0, FEN), Fraction(rule.percent)
        return Step.PERCENT, fine * percent / 100, {"percent": percent, "of": fine}
    if rule.by == PER_PERSON:
        each = Fraction(rule.per_person[given.accident or ""])
        persons = Fraction(given.persons or 0)
        return Step.PER_PERSON, each * persons, {"each": each, "persons": persons}
    return Step.FIXED, Fraction(given.set_sum or 0), {}


def rounded(sum_: Fraction) -> int:
    """Round half up to whole yuan."""
    return (2 * sum_.numerator + sum_.denominator) // (2 * sum_.denominator)


# for whose report


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A report as the rule of first looks at it."""

    id: UUID
    is_named: bool
    #: It has a receipt code: nobody else could claim.
    is_reachable: bool
    is_withdrawn: bool
    #: What it said that it is to the unit: a hint for the uplift, checked by who proposes.
    is_employee: bool = False

    def can_be_rewarded(self, rules: RewardRules) -> bool:
        known = self.is_named or rules.anonymous
        return known and self.is_reachable and not self.is_withdrawn


def first_valid(
    filed: Sequence[Filed], among: Collection[UUID], rules: RewardRules
) -> Filed | None:
    """Return the report that is rewarded: of those in question the first one that can be.

    `filed` stands in the order of filing, whatever was merged into what and when.
    """
    able = (one for one in filed if one.id in among and one.can_be_rewarded(rules))
    return next(able, None)


# by whose signatures


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRow:
    """A reward as guards look at it."""

    id: UUID
    case_id: UUID
    report_id: UUID
    state: RewardState
    ended: RewardEnd | None
    amount: int | None
    proposed_by: UUID
    approved_by: UUID | None
    approved_as: str | None
    claim_until: date | None
    voucher_id: UUID | None

    @property
    def waits_for_signature(self) -> bool:
        return self.state in (RewardState.PROPOSED, RewardState.SIGNED_ONCE)

    @property
    def is_unfinished(self) -> bool:
        """Somebody has still to sign or to claim."""
        return self.waits_for_signature or self.state is RewardState.OFFERED


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardFacts:
    """Everything that guards about rewards look at beside the case."""

    rules: RewardRules
    #: Of this case, and of reports that are handled here now.
    rewards: Sequence[RewardRow] = ()
    #: In the order of filing.
    filed: Sequence[Filed] = ()
    #: The last day for claiming what is offered now.
    claim_until: date = field(default=date.max)

    def reward(self, reward_id: UUID | None) -> RewardRow | None:
        return next((one for one in self.rewards if one.id == reward_id), None)

    @property
    def live(self) -> RewardRow | None:
        """What stands in the way of another proposal."""
        return next((one for one in self.rewards if one.ended is None), None)

    @property
    def undecided(self) -> Sequence[Filed]:
        """Reports with a receipt code of which nothing is decided."""
        decided = {
            one.report_id
            for one in self.rewards
            if one.ended is None or one.ended is RewardEnd.DENIED
        }
        return [one for one in self.filed if one.is_reachable and one.id not in decided]


# the voucher's code

#: No letter or digit that is taken for another.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12
#: Draws at or above this would favour the first letters: they are drawn anew.
FAIR_BELOW = 2**64 - 2**64 % len(ALPHABET) ** CODE_LENGTH


def voucher_code(voucher_id: UUID, key: bytes) -> str:
    """Return the code of a voucher: the same each time, nothing stored."""
    counter = 0
    while True:
        drawn = hmac.digest(key, b"voucher\x00" + voucher_id.bytes + counter.to_bytes(4), "sha256")
        number = int.from_bytes(drawn[:8])
        if number < FAIR_BELOW:
            break
        counter += 1
    letters = []
    for _place in range(CODE_LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)


def voucher_hash(code: str, key: bytes) -> bytes:
    """Return what the database holds of a voucher's code."""
    return hmac.digest(key, code.encode(), "sha256")


def month_of(day: date) -> date:
    """Return the first day of a month: all that the ledger says of a time."""
    return day.replace(day=1)
