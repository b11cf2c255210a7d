"""Points between WGS-84 and GCJ-02: landmarks, there and back, and the script's own reckoning."""

import json
import math
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.routing.datum import to_gcj02, to_wgs84
from script.build_static import find_node

ROOT = Path(__file__).resolve().parents[2]
#: Of the cities' landmarks in both datums, as other open implementations have them: lat, lon.
LANDMARKS = {
    "上海": ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    "深圳": ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    "北京": ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
}
CHANGZHOU = st.tuples(st.floats(119.0, 120.4), st.floats(31.0, 32.3))
CHINA = st.tuples(st.floats(73.5, 135.0), st.floats(18.0, 53.5))


def metres(one, other):
    east = (one[0] - other[0]) * math.cos(math.radians(one[1])) * 111_320
    return math.hypot(east, (one[1] - other[1]) * 111_320)


@pytest.mark.trap(57)
@pytest.mark.parametrize("name", LANDMARKS)
def test_landmarks_lie_where_they_lie_on_both_maps(name):
    (lat, lon), (lat2, lon2) = LANDMARKS[name]
    assert metres(to_gcj02(lon, lat), (lon2, lat2)) < 0.1
    assert metres(to_wgs84(lon2, lat2), (lon, lat)) < 0.1
    assert metres((lon, lat), (lon2, lat2)) > 300  # what a datum that is left out costs


@pytest.mark.trap(57)
@given(st.one_of(CHANGZHOU, CHINA))
@settings(max_examples=200)
def test_there_and_back_is_the_same_place_to_a_metre(point):
    assert metres(to_wgs84(*to_gcj02(*point)), point) < 1
    assert metres(to_gcj02(*to_wgs84(*point)), point) < 1


@pytest.mark.parametrize("point", [(0.0, 0.0), (-179.9, 89.9), (2.35, 48.85), (151.2, -33.9)])
def test_outside_of_china_nothing_is_shifted(point):
    assert to_gcj02(*point) == point
    assert to_wgs84(*point) == point


def test_the_maps_script_reckons_as_the_server_does():
    points = [(119.95, 31.77), (119.2, 31.3), (116.397, 39.908), (104.06, 30.67), (2.35, 48.85)]
    program = (
        "import {toGcj02, toWgs84} from './portal/assets/js/datum.js';"
        f"const points = {json.dumps(points)};"
        "console.log(JSON.stringify(points.map(([lng, lat]) => ["
        "toGcj02({lat, lng}), toWgs84({lat, lng})])));"
    )
    node = [find_node(), "--input-type=module", "-e", program]
    out = subprocess.run(node, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for point, (there, back) in zip(points, json.loads(out), strict=True):
        assert metres(to_gcj02(*point), (there["lng"], there["lat"])) < 0.001
        assert metres(to_wgs84(*point), (back["lng"], back["lat"])) < 0.001
