"""Where the jurisdictions lie, as frozen values."""

from dataclasses import dataclass
from datetime import datetime

from portal.presets.kinds import Basis, Words

#: A closed line of (longitude, latitude) in degrees of WGS-84.
Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Where a jurisdiction lies: polygons, each an outer ring and its holes."""

    code: str
    polygons: tuple[tuple[Ring, ...], ...]


# Compared and hashed by identity, so that an index of many points can be kept for it.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boundaries:
    """Areas of the jurisdictions; schematic ones are drawn for the project and labelled."""

    version: int
    holds_from: datetime
    areas: tuple[Area, ...]
    label: Words
    schematic: bool
    #: Nearer to a border than this, a point counts as on it: all its neighbours are named.
    margin_metres: int
    basis: Basis = Basis.PRODUCT
    source: str = ""
