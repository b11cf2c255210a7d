// A pin on our own boundaries: no tiles, nothing asked of anybody. Keyboard, buttons, one press for
// the phone's own place. The fields beside it do the same job and come first.
import './trusted.js';
import L from 'leaflet';
import 'leaflet/dist/leaflet.css';
import { toGcj02, toWgs84 } from './datum.js';
import { words } from './start.js';

const METRES_PER_DEGREE = 111320;
const ARROWS = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export async function map(box) {
  const canvas = box.querySelector('.portal-map__canvas');
  const status = box.querySelector('[data-map-status]');
  const fields = { latitude: field(box.dataset.latitude), longitude: field(box.dataset.longitude), area: field(box.dataset.area), datum: field(box.dataset.datum) };
  // Everything is drawn in the datum of the tiles; the fields say in which one the pin was given.
  const own = box.dataset.tilesDatum || 'wgs84';
  const drawn = (place, datum) => (datum === own ? place : own === 'gcj02' ? toGcj02(place) : toWgs84(place));
  const free = box.dataset.readonly === undefined;
  box.hidden = false;
  let areas;
  try {
    areas = await (await fetch(box.dataset.boundaries, { credentials: 'same-origin' })).json();
  } catch {
    canvas.hidden = true;
    status.textContent = box.dataset.failedWords;
    return;
  }
  const plan = L.map(canvas, {
    attributionControl: false, zoomControl: false, scrollWheelZoom: false, keyboard: false, zoomSnap: 0.5, maxZoom: 16,
    zoomAnimation: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
  });
  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles, { maxZoom: 18 }).addTo(plan);
  const layer = L.geoJSON(areas, { coordsToLatLng: ([lng, lat]) => { const at = drawn({ lat, lng }, 'wgs84'); return L.latLng(at.lat, at.lng); }, style: { className: 'portal-map__area', fillOpacity: box.dataset.tiles ? 0.15 : 1 } }).addTo(plan);
  layer.eachLayer((shape) => {
    const name = document.createElement('span');
    name.textContent = shape.feature.properties.name;
    shape.bindTooltip(name, { permanent: true, direction: 'center', className: 'portal-map__name' });
  });
  plan.fitBounds(layer.getBounds(), { padding: [6, 6] });
  // Where names would lie over each other the first stays; the others come as one goes nearer.
  function thin() {
    const kept = [];
    layer.eachLayer((shape) => {
      const name = shape.getTooltip().getElement();
      if (!name) return;
      name.hidden = false;
      const box = name.getBoundingClientRect();
      name.hidden = kept.some((one) => box.left < one.right && one.left < box.right && box.top < one.bottom && one.top < box.bottom);
      if (!name.hidden) kept.push(box);
    });
  }
  plan.on('zoomend', thin);
  thin();
  plan.getPane('markerPane').style.zIndex = 660; // The pin above the names, else one of them hides it.
  let pin = null;

  function put(place, move = true, given = null) {
    if (pin) pin.setLatLng(place);
    else {
      pin = L.marker(place, { icon: L.divIcon({ html: drawnPin(), className: 'portal-map__pin', iconSize: [30, 40], iconAnchor: [15, 40] }), keyboard: false, draggable: free });
      pin.addTo(plan).on('dragend', () => put(pin.getLatLng()));
    }
    const { lat, lng } = pin.getLatLng();
    if (move && fields.latitude && fields.longitude) {
      const told = given || { lat, lng };
      fields.latitude.value = told.lat.toFixed(6);
      fields.longitude.value = told.lng.toFixed(6);
      if (fields.datum) fields.datum.value = given ? 'wgs84' : own;
      fields.latitude.dispatchEvent(new Event('input', { bubbles: true }));
    }
    const real = own === 'gcj02' ? toWgs84({ lat, lng }) : { lat, lng };
    const area = areas.features.find((one) => holds(one.geometry, [real.lng, real.lat]));
    if (move && area && fields.area) fields.area.value = area.properties.code;
    mark(layer, area);
    status.textContent = area ? words(box.dataset.pinWords, { place: area.properties.name }) : box.dataset.outsideWords;
    if (!plan.getBounds().contains(pin.getLatLng())) plan.panTo(pin.getLatLng());
  }

  function clear() {
    if (pin) pin.remove();
    pin = null;
    for (const one of [fields.latitude, fields.longitude, fields.datum]) if (one) one.value = '';
    if (fields.latitude) fields.latitude.dispatchEvent(new Event('input', { bubbles: true }));
    mark(layer, null);
    status.textContent = '';
  }

  const given = box.dataset.pin ? box.dataset.pin.split(',').map(Number) : [fields.latitude, fields.longitude].map((one) => (one && one.value ? Number(one.value) : NaN));
  const datum = (!box.dataset.pin && fields.datum && fields.datum.value) || 'wgs84';
  if (given.every((number) => Number.isFinite(number))) put(L.latLng(drawn({ lat: given[0], lng: given[1] }, datum)), false);
  press(box, '[data-map-in]', () => plan.zoomIn());
  press(box, '[data-map-out]', () => plan.zoomOut());
  plan.on('click', () => plan.scrollWheelZoom.enable());
  if (!free) {
    if (pin) plan.setView(pin.getLatLng(), 11);
    return;
  }
  plan.on('click', ({ latlng }) => put(latlng));
  press(box, '[data-map-clear]', clear);
  const lost = () => { status.textContent = box.dataset.placeFailedWords; };
  press(box, '[data-map-here]', () => {
    if (!navigator.geolocation) lost();
    else navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const place = { lat: coords.latitude, lng: coords.longitude };
        put(L.latLng(drawn(place, 'wgs84')), true, place);
        plan.setView(pin.getLatLng(), 13);
      },
      lost,
      { timeout: 15000 },
    );
  });
  canvas.addEventListener('keydown', (event) => {
    const way = ARROWS[event.key];
    if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const from = pin ? pin.getLatLng() : plan.getCenter();
    const metres = event.shiftKey ? 100 : 10;
    const north = (way[0] * metres) / METRES_PER_DEGREE;
    const east = (way[1] * metres) / (METRES_PER_DEGREE * Math.cos((from.lat * Math.PI) / 180));
    put(L.latLng(from.lat + north, from.lng + east));
  });
}

function field(id) {
  return id ? document.getElementById(id) : null;
}

function press(box, selector, act) {
  const button = box.querySelector(selector);
  if (button) button.addEventListener('click', act);
}

function mark(layer, area) {
  layer.eachLayer((shape) => {
    const path = shape.getElement && shape.getElement();
    if (path) path.classList.toggle('is-on', Boolean(area) && shape.feature === area);
  });
}

function drawnPin() {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 30 40');
  const drop = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  drop.setAttribute('d', 'M15 1C7 1 1 7 1 15c0 10 14 24 14 24s14-14 14-24C29 7 23 1 15 1z');
  const eye = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
  for (const [name, value] of [['cx', 15], ['cy', 15], ['r', 5]]) eye.setAttribute(name, String(value));
  svg.append(drop, eye);
  return svg;
}

/** Ray casting, holes included. */
function holds(geometry, point) {
  const polygons = geometry.type === 'MultiPolygon' ? geometry.coordinates : [geometry.coordinates];
  return polygons.some(([outer, ...holes]) => inside(outer, point) && !holes.some((hole) => inside(hole, point)));
}

function inside(ring, [x, y]) {
  let within = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
    if ((yi > y) !== (yj > y) && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) within = !within;
  }
  return within;
}
