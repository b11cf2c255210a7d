"""Points in GCJ-02, the datum of Chinese map tiles, and in WGS-84, that of satellites. Pure.

GCJ-02 shifts a point by up to some hundred metres in a way that is known but not published; these
are the terms that all open implementations use. Outside the box that they name nothing is shifted.
"""

import math

WGS84 = "wgs84"
GCJ02 = "gcj02"
DATUMS = (WGS84, GCJ02)
#: Krasovsky 1940, by which the shift is reckoned: the long half axis and the squared excentricity.
_AXIS = 6378245.0
_EXCENTRICITY = 0.00669342162296594323
#: West, east, south, north of what is shifted.
_BOX = (72.004, 137.8347, 0.8293, 55.8271)
#: Each turn makes the way back some hundred times better; four are far below a millimetre.
_TURNS = 4


def to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """Return a point of WGS-84 in GCJ-02."""
    west, east, south, north = _BOX
    if not (west <= lon <= east and south <= lat <= north):
        return lon, lat
    x, y = lon - 105.0, lat - 35.0
    root = math.sqrt(abs(x))
    waves = 20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += (waves + 20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2 / 3
    north_m += (160.0 * math.sin(y / 12.0 * math.pi) + 320 * math.sin(y * math.pi / 30.0)) * 2 / 3
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m += (waves + 20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2 / 3
    east_m += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2 / 3
    turned = math.radians(lat)
    flat = 1 - _EXCENTRICITY * math.sin(turned) ** 2
    of_latitude = _AXIS * (1 - _EXCENTRICITY) / (flat * math.sqrt(flat)) * math.pi / 180.0
    of_longitude = _AXIS / math.sqrt(flat) * math.cos(turned) * math.pi / 180.0
    return lon + east_m / of_longitude, lat + north_m / of_latitude


def to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """Return a point of GCJ-02 in WGS-84."""
    found = lon, lat
    for _turn in range(_TURNS):
        there = to_gcj02(*found)
        found = found[0] - (there[0] - lon), found[1] - (there[1] - lat)
    return found
