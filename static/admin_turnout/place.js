// One viewer's place on the embedded basemap, with a circle as wide as the place is uncertain.

import { createBasemap } from "../js/map/basemap.js";
import { loadGeography } from "../js/map/geography.js";

// Closer in, the basemap has nothing to tell where one is.
const CLOSEST = 6;

function createMap(element) {
  const { latitude, longitude, accuracyKm, health } = element.dataset;
  const place = [Number(latitude), Number(longitude)];
  const radius = Number(accuracyKm) * 1000;
  const map = L.map(element, { attributionControl: false, minZoom: 1, maxZoom: 12, scrollWheelZoom: false });
  map.setView(place, 5);
  if (radius > 0) {
    const circle = L.circle(place, { radius, className: `accuracy ${health}`, interactive: false }).addTo(map);
    map.fitBounds(circle.getBounds().pad(1), { maxZoom: CLOSEST, animate: false });
  }
  L.circleMarker(place, { radius: 7, className: `place ${health}`, interactive: false }).addTo(map);
  return map;
}

// The admin's theme switch changes an attribute; "auto" follows the system.
function onTheme(repaint) {
  new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
}

async function show(element) {
  const map = createMap(element);
  const geography = await loadGeography(document.getElementById("place-script").dataset.atlas);
  const basemap = createBasemap(geography).addTo(map);
  onTheme(() => basemap.recolour());
}

const element = document.querySelector(".place-map");
if (element) {
  show(element).catch((error) => {
    const words = document.createElement("p");
    words.className = "map-credit";
    words.textContent = error.message;
    element.after(words);
  });
}
