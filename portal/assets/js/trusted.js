// Leaflet tries the browser with these two fixed strings as it loads; nothing else may become HTML.
const KNOWN = new Set(['<svg/>', '<v:shape adj="1"/>']);

if (window.trustedTypes) {
  window.trustedTypes.createPolicy('default', { createHTML: (text) => (KNOWN.has(text) ? text : null) });
}
