"""The score of an inspection, with its arithmetic: a checklist and answers in, the sum out."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from portal.presets.checklist_kinds import Checklist, points

PASS, PARTIAL, FAIL = "pass", "partial", "fail"


@dataclass(frozen=True, slots=True)
class Line:
    """One item in the sum. `factor` None: it is in neither sum."""

    item: str
    weight: Decimal
    result: str
    factor: Fraction | None

    @property
    def points(self) -> Fraction:
        return Fraction(self.weight) * (self.factor or Fraction(0))


@dataclass(frozen=True, slots=True)
class Score:
    """`value` None: too few points were checked. The grade of a major hazard is told apart."""

    lines: tuple[Line, ...]
    earned: Fraction
    #: Points of the items in the sums.
    applicable: Decimal
    value: float | None
    grade: str | None
    #: Whether the grade is the worst because of a confirmed major hazard.
    set_by_major: bool
    #: Points that must have been checked.
    least: int


def score(checklist: Checklist, results: Mapping[str, str], *, has_major: bool = False) -> Score:
    """Return the score of answers by item; the order of the answers does not matter.

    An item without an answer was not checked. `has_major`: somebody decided that a hazard of this
    inspection is major.
    """
    scoring = checklist.scoring
    factors = {
        PASS: Fraction(1),
        PARTIAL: Fraction(str(scoring.partial)),
        FAIL: Fraction(0),
    }
    lines = tuple(
        Line(item.id, item.weight, result, factors.get(result))
        for item in checklist.items.values()
        for result in (results.get(item.id, "not_checked"),)
    )
    earned = sum((line.points for line in lines), Fraction(0))
    counted = [line.weight for line in lines if line.factor is not None]
    applicable = points(sum(counted, Decimal(0)))
    if applicable < scoring.least:
        return Score(lines, earned, applicable, None, None, False, scoring.least)
    # Half a tenth goes up; of fractions, since 61.25 is no number that a float could miss.
    tenths = floor(Fraction(1000) * earned / Fraction(applicable) + Fraction(1, 2))
    value = tenths / 10
    by_value = next(one.code for one in scoring.grades if value >= one.start)
    grade = scoring.worst if has_major else by_value
    return Score(lines, earned, applicable, value, grade, has_major, scoring.least)
