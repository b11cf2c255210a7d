"""The boundaries: a GeoJSON collection of areas in WGS-84, one for each jurisdiction."""

from collections.abc import Mapping
from datetime import datetime

from portal.presets.areas import Area, Boundaries, Ring
from portal.presets.entries import Entry
from portal.presets.parts.common import Known, head, words_data

REQUIRED = "type label datum schematic margin_metres features"


def read(
    fields: Mapping[str, Entry], known: Known, version: int, holds_from: datetime
) -> Boundaries:
    """Build the boundaries; `label` is shown wherever they are drawn."""
    fields["type"].one_of(("FeatureCollection",), "must be FeatureCollection, not")
    fields["datum"].one_of(("WGS-84",), "convert the areas to WGS-84; they are in")
    areas: dict[str, Area] = {}
    for item in fields["features"].items(least=1):
        feature = item.fields("type properties geometry")
        feature["type"].one_of(("Feature",), "must be Feature, not")
        code_entry = feature["properties"].named().get("code")
        if code_entry is None:
            raise feature["properties"].fault("is missing", field="code")
        code = code_entry.text()
        if known.jurisdictions is not None:
            code_entry.one_of(known.jurisdictions, "there is no jurisdiction")
        if code in areas:
            raise code_entry.fault(f'"{code}" stands here twice')
        areas[code] = Area(code=code, polygons=_polygons(feature["geometry"]))
    return Boundaries(
        **head(fields, version, holds_from),
        areas=tuple(areas.values()),
        label=fields["label"].words(),
        schematic=fields["schematic"].flag(),
        margin_metres=fields["margin_metres"].whole(0, 5000),
    )


def _polygons(entry: Entry) -> tuple[tuple[Ring, ...], ...]:
    fields = entry.fields("type coordinates")
    kind = fields["type"].one_of(("Polygon", "MultiPolygon"), "must be a polygon, not")
    shapes = [fields["coordinates"]] if kind == "Polygon" else fields["coordinates"].items(least=1)
    return tuple(tuple(_ring(ring) for ring in shape.items(least=1)) for shape in shapes)


def _ring(entry: Entry) -> Ring:
    points: list[tuple[float, float]] = []
    for item in entry.items(least=4):
        pair = item.items()
        if len(pair) != 2:
            raise item.fault("a point needs a longitude and a latitude")
        points.append((pair[0].number(-180, 180), pair[1].number(-90, 90)))
    if points[0] != points[-1]:
        raise entry.fault("the line does not close: its first and last point differ")
    return tuple(points)


def write(boundaries: Boundaries) -> dict[str, object]:
    """Return the boundaries as plain data, in the order in which they were read."""
    return {
        "type": "FeatureCollection",
        "label": words_data(boundaries.label),
        "datum": "WGS-84",
        "schematic": boundaries.schematic,
        "margin_metres": boundaries.margin_metres,
        "features": [
            {
                "type": "Feature",
                "properties": {"code": area.code},
                "geometry": {
                    "type": "MultiPolygon",
                    "coordinates": [
                        [[list(point) for point in ring] for ring in shape]
                        for shape in area.polygons
                    ],
                },
            }
            for area in boundaries.areas
        ],
    }
