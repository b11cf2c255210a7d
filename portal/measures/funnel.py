"""Limits of a funnel plot: how far a group of some size strays from the whole by chance alone."""

from dataclasses import dataclass
from math import exp, lgamma, log

#: What may lie beyond the limits on each side: of 95 % and of 99.8 % between them.
TAIL95, TAIL998 = 0.025, 0.001


@dataclass(frozen=True, slots=True)
class Bounds:
    """Shares between 0 and 1."""

    low95: float
    high95: float
    low998: float
    high998: float


def limits_of(part: int, whole: int, size: int) -> Bounds:
    """Return the limits for a group of `size` cases where `part` of `whole` have it over all.

    Exact binomial: the smallest and largest share that chance leaves inside.
    """
    chances = _chances(part / whole, size)
    low95, high95 = _inside(chances, TAIL95)
    low998, high998 = _inside(chances, TAIL998)
    return Bounds(low95 / size, high95 / size, low998 / size, high998 / size)


def _chances(share: float, size: int) -> list[float]:
    """Return the probability of each count from 0 to `size`."""
    if share in (0.0, 1.0):
        return [float(count == share * size) for count in range(size + 1)]
    logs = [
        lgamma(size + 1)
        - lgamma(count + 1)
        - lgamma(size - count + 1)
        + count * log(share)
        + (size - count) * log(1 - share)
        for count in range(size + 1)
    ]
    return [exp(one) for one in logs]


def _inside(chances: list[float], tail: float) -> tuple[int, int]:
    """Return the least and the most whose tail is larger than `tail`."""
    low, below = 0, chances[0]
    while below <= tail:
        low += 1
        below += chances[low]
    high, above = len(chances) - 1, chances[-1]
    while above <= tail:
        high -= 1
        above += chances[high]
    return low, high
