"""Risk by matrix (R = L × S) or LEC (D = L × E × C): value and colour, with the arithmetic."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from portal.presets.risk_kinds import RiskMethod


@dataclass(frozen=True, slots=True)
class Assessment:
    value: float
    colour: str
    #: For the page, e.g. "4 × 5 = 20".
    arithmetic: str


def assess(method: RiskMethod, inputs: Mapping[str, float]) -> Assessment | None:
    """Return value and colour of `inputs`, or None where a factor lacks or is no listed value."""
    if set(inputs) != set(method.factors):
        return None
    if any(inputs[name] not in allowed for name, allowed in method.factors.items()):
        return None
    value = float(prod(inputs[name] for name in method.factors))
    # The bands go down to all: the last one catches.
    colour = next(band.colour for band in method.bands if value >= band.start)
    chosen = " × ".join(f"{inputs[name]:g}" for name in method.factors)
    return Assessment(value, colour, f"{chosen} = {value:g}")
