"""The methods by which risk is measured, as frozen values: factors, their values, the bands."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.presets.kinds import Words


@dataclass(frozen=True, slots=True)
class RiskBand:
    """From this value (inclusive) on, this colour."""

    start: float
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskMethod:
    """Factors with the values that may be chosen, and the bands, highest first, down to all."""

    code: str
    name: Words
    factors: Mapping[str, tuple[float, ...]]
    bands: tuple[RiskBand, ...]
    factor_names: Mapping[str, Words]
    #: Factor → value → what it means.
    labels: Mapping[str, Mapping[float, Words]]
