// The map itself, and the part of the world it starts with. The address's #zoom/latitude/longitude keeps the view.

import { byId } from "./dom.js";
import { fittingZoom } from "./viewport.js";

const MARK = /^#(\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)$/;
const WIDE = window.matchMedia("(min-width: 900px)");

const fromAddress = () => {
  const match = MARK.exec(location.hash);
  return match && { zoom: Number(match[1]), center: [Number(match[2]), Number(match[3])] };
};

// The world fills what the figures' panel leaves free.
function wholeWorld(map) {
  const panel = WIDE.matches ? byId("totals").offsetWidth + 16 : 0;
  const size = map.getSize();
  const zoom = fittingZoom(L.point(size.x - panel, size.y));
  const degreesPerPixel = 360 / (256 * 2 ** zoom);
  return { zoom, center: [WIDE.matches ? 26 : 22, 10 - (panel / 2) * degreesPerPixel] };
}

export function createMap() {
  const map = L.map("map", {
    zoomControl: false,
    attributionControl: false,
    zoomSnap: 0.25,
    wheelPxPerZoomLevel: 120,
    minZoom: 1,
    maxZoom: 18,
    maxBounds: [[-85.06, -Infinity], [85.06, Infinity]],
    maxBoundsViscosity: 0.8,
    keyboardPanDelta: 120,
  });
  map.createPane("labels").classList.add("labels-pane");
  L.control.zoom({ position: "bottomright" }).addTo(map);
  const { zoom, center } = fromAddress() ?? wholeWorld(map);
  map.setView(center, zoom, { animate: false });
  map.on("moveend", () => {
    const { lat, lng } = map.getCenter();
    history.replaceState(null, "", `#${Number(map.getZoom().toFixed(2))}/${lat.toFixed(4)}/${lng.toFixed(4)}`);
  });
  byId("whole-world").addEventListener("click", () => {
    const whole = wholeWorld(map);
    map.flyTo(whole.center, whole.zoom, { duration: 0.8 });
  });
  return map;
}
