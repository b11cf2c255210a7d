"""Which jurisdictions a point lies in."""

import math
from functools import lru_cache

from portal.presets.areas import Boundaries

#: Metres of a degree of latitude; of longitude it is this times the cosine of the latitude.
DEGREE = 111_320.0
#: Two who share a border get a point on it, though neither line holds it to the last digit.
LEAST_MARGIN = 0.01


class Index:
    """The areas in metres on a plane, in a tree that answers fast."""

    def __init__(self, boundaries: Boundaries) -> None:
        # Here, since numpy comes with it: a seventh of a start and of a process that no one asks.
        from shapely import Point, Polygon
        from shapely.ops import unary_union
        from shapely.strtree import STRtree

        self._point = Point
        latitudes = [
            lat
            for area in boundaries.areas
            for shape in area.polygons
            for ring in shape
            for _, lat in ring
        ]
        # One scale for the whole city: its edges then meet as exactly as in the file.
        self._scale = math.cos(math.radians(sum(latitudes) / len(latitudes) if latitudes else 0))
        self._codes = [area.code for area in boundaries.areas]
        self._margin = max(float(boundaries.margin_metres), LEAST_MARGIN)
        self._tree = STRtree(
            [
                unary_union(
                    [
                        Polygon(
                            [self._metres(*point) for point in shape[0]],
                            [[self._metres(*point) for point in hole] for hole in shape[1:]],
                        )
                        for shape in area.polygons
                    ]
                )
                for area in boundaries.areas
            ]
        )

    def _metres(self, lon: float, lat: float) -> tuple[float, float]:
        return lon * DEGREE * self._scale, lat * DEGREE

    def near(self, lon: float, lat: float) -> tuple[str, ...]:
        """Return the codes of the areas within the margin of a point, in the order of the file."""
        point = self._point(self._metres(lon, lat))
        found = self._tree.query(point, predicate="dwithin", distance=self._margin)
        return tuple(self._codes[index] for index in sorted(found.tolist()))


# Boundaries are compared by identity: one index for each version that is in use.
_index = lru_cache(maxsize=8)(Index)


def locate(boundaries: Boundaries | None, lon: float, lat: float) -> tuple[str, ...]:
    """Return the jurisdictions of a point in degrees of WGS-84.

    None: outside, or no boundaries, or no such place on earth. Two or more: so near to a border
    that the desk must ask; the first is no better than the others.
    """
    if boundaries is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return ()
    return _index(boundaries).near(lon, lat)
