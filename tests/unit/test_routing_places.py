"""Which jurisdictions a point lies in."""

import csv
import json
import math
from dataclasses import replace

import pytest

from portal.presets.areas import Area, Boundaries
from portal.presets.entries import PresetError
from portal.presets.kinds import Words
from portal.presets.loader import read
from portal.routing.places import locate
from tests.support.presets import CHANGZHOU, changzhou, copy_of, replace_in
from tests.support.shared import shared_data
from tests.unit.test_routing import NOON

SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0))
HOLE = ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.4))
BESIDE = ((1.0, 0.0), (2.0, 0.0), (2.0, 1.0), (1.0, 1.0), (1.0, 0.0))
FAR = ((5.0, 5.0), (6.0, 5.0), (6.0, 6.0), (5.0, 5.0))


def boundaries(*areas: Area, margin: int = 0) -> Boundaries:
    return Boundaries(
        version=1,
        holds_from=NOON,
        areas=areas,
        label=Words("示意", "Schematic"),
        schematic=True,
        margin_metres=margin,
    )


def two() -> Boundaries:
    return boundaries(
        Area(code="a", polygons=((SQUARE, HOLE), (FAR,))), Area(code="b", polygons=((BESIDE,),))
    )


@pytest.mark.parametrize(
    ("longitude", "latitude", "codes"),
    [
        (0.2, 0.2, ("a",)),
        (1.5, 0.5, ("b",)),
        (0.5, 0.5, ()),  # the hole
        (5.5, 5.2, ("a",)),  # the exclave
        (3.0, 3.0, ()),
        (1.0, 0.5, ("a", "b")),
        (1.0, 0.0, ("a", "b")),
        (0.0, 0.0, ("a",)),
        (0.4, 0.5, ("a",)),
    ],
)
@pytest.mark.trap(54)
def test_a_point_is_inside_outside_or_on_a_border_with_both_named(longitude, latitude, codes):
    assert locate(two(), longitude, latitude) == codes


@pytest.mark.trap(54)
def test_a_shared_border_names_both_at_every_point_however_it_slopes():
    shape = changzhou().boundaries
    exact = replace(shape, margin_metres=0)
    # The line between Jintan and Liyang, from (119.38, 31.60) to (119.55, 31.56).
    for step in range(1, 100):
        share = step / 100
        point = 119.38 + share * (119.55 - 119.38), 31.60 + share * (31.56 - 31.60)
        assert set(locate(exact, *point)) == {"320481", "320413"}, step


def test_within_the_margin_both_neighbours_are_named_and_beyond_it_one():
    near = boundaries(*two().areas, margin=300)
    metres = 1 / 111_320 / math.cos(math.radians(0.8))
    assert locate(near, 1 - 250 * metres, 0.5) == ("a", "b")
    assert locate(near, 1 - 350 * metres, 0.5) == ("a",)


@pytest.mark.parametrize(
    "point", [(200, 10), (10, 95), (math.nan, 10), (10, math.nan), (math.inf, 1), (-181, -91)]
)
def test_what_is_no_place_on_earth_is_nowhere(point):
    assert locate(two(), *point) == ()
    assert locate(None, 0.2, 0.2) == ()
    assert locate(boundaries(), 0.2, 0.2) == ()


@pytest.mark.trap(54)
def test_other_boundaries_answer_for_themselves_beside_the_old_ones():
    old, new = two(), boundaries(Area(code="c", polygons=((SQUARE,),)))
    assert locate(old, 0.2, 0.2) == ("a",)
    assert locate(new, 0.2, 0.2) == ("c",)
    assert locate(old, 0.2, 0.2) == ("a",)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"datum": "WGS-84"', '"datum": "GCJ-02"', "convert the areas to WGS-84"),
        ('{"code": "3204JK"}', '{"code": "320405"}', "there is no jurisdiction"),
        ('{"code": "3204JK"}', '{"code": "320404"}', "stands here twice"),
        ('{"code": "3204JK"}', '{"name": "x"}', "unknown|is missing"),
        ("[119.27, 31.72]", "[31.72, 119.27]", "from -90 to 90"),
        ("[119.27, 31.72]", "[119.27]", "longitude and a latitude"),
        ("[119.27, 31.72]", '[119.27, "north"]', "must be a number"),
        ('"margin_metres": 300', '"margin_metres": -1', "from 0"),
        ('"schematic": true,', "", "is missing"),
        ('"schematic": true,', '"schematic": true', "is no JSON"),
        ("[120.02, 31.77], [119.99, 31.74], [120.00, 31.69]]]", "[120.02, 31.77]]]", "not close"),
    ],
)
def test_a_broken_boundary_file_is_named_with_its_line(old, new, words, tmp_path):
    folder = copy_of(CHANGZHOU, tmp_path)
    line = replace_in(folder, "boundaries.geojson", old, new)
    with pytest.raises(PresetError, match=words) as caught:
        read(folder)
    assert caught.value.file == "changzhou/boundaries.geojson"
    assert caught.value.line is not None
    assert abs(caught.value.line - line) <= 3 or caught.value.field == "schematic"


def test_tabs_are_no_mistake_in_a_boundary_file(tmp_path):
    folder = copy_of(CHANGZHOU, tmp_path)
    path = folder / "boundaries.geojson"
    path.write_text(path.read_text(encoding="utf-8").replace("  ", "\t"), encoding="utf-8")
    assert read(folder).preset.boundaries.areas == changzhou().boundaries.areas


def test_real_boundaries_agree_with_an_oracle_of_200_points():
    folder = shared_data()
    if folder is None:
        pytest.skip("needs the shared data folder")
    source = json.loads((folder / "geo-changzhou/changzhou_districts_gcj02.geojson").read_text())
    real = boundaries(
        *(
            Area(
                code=str(feature["properties"]["adcode"]),
                polygons=tuple(
                    tuple(tuple((x, y) for x, y, *_ in ring) for ring in shape)
                    for shape in feature["geometry"]["coordinates"]
                ),
            )
            for feature in source["features"]
        )
    )
    # Points and areas are both in GCJ-02 here, so no conversion stands between them.
    with (folder / "geo-changzhou/point_in_district.csv").open(encoding="utf-8-sig") as rows:
        points = list(csv.DictReader(rows))
    assert len(points) == 200
    for row in points:
        expected = (row["adcode"],) if row["adcode"] else ()
        assert locate(real, float(row["gcj02_lng"]), float(row["gcj02_lat"])) == expected
