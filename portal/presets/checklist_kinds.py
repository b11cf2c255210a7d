"""A checklist as frozen values: what is looked at, by which law, and how answers become a score."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from portal.presets.kinds import Basis, Words

#: The weights of a checklist together.
WEIGHTS = 100
#: Places of a weight behind the point: a list of many items needs parts of a point.
PLACES = 2


def points(value: Decimal | int | str) -> Decimal:
    """Return points as people write them: 12, 0.5, 100; the same number always alike."""
    given = Decimal(value)
    whole = given.to_integral_value()
    return whole if given == whole else given.normalize()


def points_data(value: Decimal) -> int | str:
    """Return points as plain data: a whole number as such, a part as words, never as a float."""
    tidy = points(value)
    return int(tidy) if tidy == tidy.to_integral_value() else str(tidy)


class Major(StrEnum):
    """Whether failing an item may be a major hazard."""

    NONE = "none"
    #: People decide by the criterion named.
    CANDIDATE = "candidate"
    #: A criterion for major hazards names it: answered by pass or fail alone.
    LISTED = "listed"


@dataclass(frozen=True, slots=True)
class Reference:
    """A law, rule or standard, the place in it, and how far that is known."""

    law: str
    article: str
    verified: Basis


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is looked at."""

    id: str
    #: Of all points; exact, at most two places.
    weight: Decimal
    name: Words
    major: Major
    basis: tuple[Reference, ...]
    penalty: tuple[Reference, ...] = ()
    #: By which a failing is judged major; "" where it never is.
    criterion: str = ""
    how: Words | None = None
    #: A photo belongs to every answer but "not applicable" and "not checked".
    photo: bool = False


@dataclass(frozen=True, slots=True)
class Grade:
    code: str
    start: float


@dataclass(frozen=True, slots=True)
class Scoring:
    """How answers become points: a pass counts whole, a fail nothing."""

    partial: float
    #: Points that must have been checked for a score.
    least: int
    #: Downwards; the last begins at 0.
    grades: tuple[Grade, ...]

    @property
    def worst(self) -> str:
        """The grade that a confirmed major hazard sets."""
        return self.grades[-1].code


@dataclass(frozen=True, slots=True)
class Checklist:
    """One version of a checklist. It is proposed first for cases of its sector."""

    version: int
    holds_from: datetime
    code: str
    name: Words
    sector: str
    items: Mapping[str, Item]
    scoring: Scoring
    basis: Basis = Basis.PRODUCT
    source: str = ""
    #: From this version on nothing new is begun by it.
    ended: bool = False
