// The map itself, and the part of the world it starts with. The address's #zoom/latitude/longitude keeps the view.

import { byId } from "./dom.js";
import { fittingZoom } from "./viewport.js";

const MARK = /^#(\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)$/;
const WIDE = window.matchMedia("(min-width: 900px)");

const fromAddress = () => {
  const match = MARK.exec(location.hash);
  return match && { zoom: Number(match[1]), center: [Number(match[2]), Number(match[3])] };
};

const markOf = (map) => {
  const { lat, lng } = map.getCenter();
  return `#${Number(map.getZoom().toFixed(2))}/${lat.toFixed(4)}/${lng.toFixed(4)}`;
};

// The pixels, on the left and on top, that bar and panel stand on.
export function covered(size) {
  const [bar, panel] = [byId("bar"), byId("panel")];
  if (document.body.classList.contains("wall") && bar.offsetWidth < size.x / 2) return { left: bar.offsetWidth + 24, top: 0 };
  return { left: WIDE.matches && !panel.hidden ? panel.offsetWidth + 16 : 0, top: bar.offsetHeight };
}

// The world fills what the bar on top and the panel beside it leave free.
export function wholeWorld(map) {
  const size = map.getSize();
  const { left, top } = covered(size);
  const zoom = fittingZoom(L.point(size.x - left, size.y - top));
  const middle = map.project([WIDE.matches ? 25 : 22, 10], zoom);
  const center = map.unproject(middle.subtract(L.point(left / 2, top / 2)), zoom);
  return { zoom, center };
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
    if (location.hash !== markOf(map)) history.replaceState(history.state, "", markOf(map));
  });
  // Back and forward lead to a view as well as to filters.
  window.addEventListener("popstate", () => {
    const wanted = fromAddress();
    if (wanted && location.hash !== markOf(map)) map.setView(wanted.center, wanted.zoom);
  });
  byId("whole-world").addEventListener("click", () => {
    const whole = wholeWorld(map);
    map.flyTo(whole.center, whole.zoom, { duration: 0.8 });
  });
  return map;
}

// The arrows move the map and + and − zoom it also while a marker has the focus; Leaflet sees to them only while the
// map itself has it.
export function listenToKeys(map) {
  const step = map.options.keyboardPanDelta;
  const steps = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  map.getContainer().addEventListener("keydown", (event) => {
    if (!event.target.closest(".leaflet-marker-pane") || event.altKey || event.ctrlKey || event.metaKey) return;
    if (steps[event.key]) map.panBy(steps[event.key]);
    else if (event.key === "+" || event.key === "=") map.zoomIn(1);
    else if (event.key === "-") map.zoomOut(1);
    else return;
    event.preventDefault();
  });
}
