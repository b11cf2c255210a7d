"""Outlines of jurisdictions as paths of an SVG: drawn on the server, readable without script."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians

from portal.presets.areas import Boundaries

WIDTH = 600
MARGIN = 8


@dataclass(frozen=True, slots=True)
class Shape:
    """One jurisdiction: its path, and where its name stands."""

    code: str
    path: str
    x: float
    y: float


@lru_cache(maxsize=8)
def drawn(boundaries: Boundaries) -> Sequence[Shape]:
    """Return the shapes in a picture `WIDTH` wide; see `height_of`."""
    # Here, since numpy comes with it: a seventh of a process in which nobody looks at the map.
    from shapely import Polygon

    west, south, east, north = _box(boundaries)
    squeeze = cos(radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * squeeze)
    shapes = []
    for area in boundaries.areas:
        rings = [ring for polygon in area.polygons for ring in polygon]
        points = [
            [(MARGIN + (x - west) * squeeze * scale, MARGIN + (north - y) * scale) for x, y in ring]
            for ring in rings
        ]
        path = " ".join(
            "M" + " L".join(f"{x:.0f} {y:.0f}" for x, y in ring) + " Z" for ring in points
        )
        # Inside, whatever the shape; a middle of the corners may lie outside.
        inside = Polygon(points[0]).buffer(-14).representative_point()
        shapes.append(Shape(area.code, path, round(inside.x), round(inside.y)))
    return shapes


def height_of(boundaries: Boundaries) -> int:
    """Return how high the picture is."""
    west, south, east, north = _box(boundaries)
    squeeze = cos(radians((south + north) / 2))
    return round(2 * MARGIN + (WIDTH - 2 * MARGIN) * (north - south) / ((east - west) * squeeze))


def _box(boundaries: Boundaries) -> tuple[float, float, float, float]:
    corners = [
        point
        for area in boundaries.areas
        for polygon in area.polygons
        for ring in polygon
        for point in ring
    ]
    lons, lats = [lon for lon, _lat in corners], [lat for _lon, lat in corners]
    return min(lons), min(lats), max(lons), max(lats)
