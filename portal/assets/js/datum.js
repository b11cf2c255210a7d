// GCJ-02, the datum of Chinese map tiles: the same terms as portal/routing/datum.py, which a test compares.
const AXIS = 6378245;
const EXCENTRICITY = 0.00669342162296594323;
const sin = (x) => Math.sin(x * Math.PI);

export function toGcj02({ lat, lng }) {
  if (lng < 72.004 || lng > 137.8347 || lat < 0.8293 || lat > 55.8271) return { lat, lng };
  const [x, y] = [lng - 105, lat - 35];
  const root = Math.sqrt(Math.abs(x));
  const waves = 20 * sin(6 * x) + 20 * sin(2 * x);
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    + ((waves + 20 * sin(y) + 40 * sin(y / 3)) * 2) / 3 + ((160 * sin(y / 12) + 320 * sin(y / 30)) * 2) / 3;
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    + ((waves + 20 * sin(x) + 40 * sin(x / 3)) * 2) / 3 + ((150 * sin(x / 12) + 300 * sin(x / 30)) * 2) / 3;
  const turned = (lat * Math.PI) / 180;
  const flat = 1 - EXCENTRICITY * Math.sin(turned) ** 2;
  return {
    lat: lat + (north * 180 * flat * Math.sqrt(flat)) / (AXIS * (1 - EXCENTRICITY) * Math.PI),
    lng: lng + (east * 180 * Math.sqrt(flat)) / (AXIS * Math.cos(turned) * Math.PI),
  };
}

export function toWgs84(place) {
  let found = place;
  for (let turn = 0; turn < 4; turn += 1) {
    const there = toGcj02(found);
    found = { lat: found.lat - (there.lat - place.lat), lng: found.lng - (there.lng - place.lng) };
  }
  return found;
}
