"""Limits of a funnel plot: how far a group of some size strays from the whole by chance alone."""

from dataclasses import dataclass
from math import sqrt

#: Two-sided normal quantiles for 95 % and 99.8 %.
Z95, Z998 = 1.959964, 3.090232


@dataclass(frozen=True, slots=True)
class Bounds:
    """Shares between 0 and 1."""

    low95: float
    high95: float
    low998: float
    high998: float


def limits_of(part: int, whole: int, size: int) -> Bounds:
    """Return the limits for a group of `size` cases where `part` of `whole` have it over all.

    Wilson's score interval around the share of all, for a sample of the group's size.
    """
    low95, high95 = _interval(part / whole, size, Z95)
    low998, high998 = _interval(part / whole, size, Z998)
    return Bounds(low95, high95, low998, high998)


def _interval(share: float, size: int, z: float) -> tuple[float, float]:
    squared = z * z / size
    middle = (share + squared / 2) / (1 + squared)
    spread = z / (1 + squared) * sqrt(share * (1 - share) / size + squared / (4 * size))
    return max(0.0, middle - spread), min(1.0, middle + spread)
