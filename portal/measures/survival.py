"""Time to event by Kaplan–Meier: what has not happened yet counts as "at least so long"."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt

#: Shares are products of fractions: what differs less than this is the same.
ROUNDING = 1e-9
#: Two-sided 95 % of the normal distribution.
Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Step:
    """After `time`: `share` has not had the event; `low` and `high` bound it (95 %)."""

    time: int
    at_risk: int
    events: int
    share: float
    low: float
    high: float


def curve(counts: Mapping[int, tuple[int, int]]) -> tuple[Step, ...]:
    """Return the estimate from counts by time: `{time: (events, censored)}`.

    Product-limit estimate; who is censored at a time is at risk at that time. The bounds are
    Greenwood's on the scale log(−log). One step for each time with an event.
    """
    at_risk = sum(events + censored for events, censored in counts.values())
    share, variance = 1.0, 0.0
    steps = []
    for moment in sorted(counts):
        events, censored = counts[moment]
        if events:
            share *= 1 - events / at_risk
            left = at_risk - events
            variance += events / (at_risk * left) if left else 0.0
            low, high = _bounds(share, variance)
            steps.append(Step(moment, at_risk, events, share, low, high))
        at_risk -= events + censored
    return tuple(steps)


def _bounds(share: float, variance: float) -> tuple[float, float]:
    if share <= ROUNDING or share >= 1 - ROUNDING or variance == 0.0:
        return share, share
    spread = Z95 * sqrt(variance) / abs(log(share))
    return share ** exp(spread), share ** exp(-spread)


def quantile(steps: tuple[Step, ...], reached: float) -> int | None:
    """Return the smallest time by which the share `reached` has had the event.

    None: not reached, since too many still wait.
    """
    for step in steps:
        if step.share <= 1 - reached + ROUNDING:
            return step.time
    return None


def share_by(steps: tuple[Step, ...], time: int) -> float:
    """Return the share that has had the event by `time`."""
    last = 1.0
    for step in steps:
        if step.time > time:
            break
        last = step.share
    return 1 - last
