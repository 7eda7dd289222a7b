// What a click on a marker leads to: nearer, or a popup.

import { h } from "./dom.js";
import { plural } from "./format.js";

const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");

// Where the map is to go so that a cluster comes apart; null where no zoom would do that.
function nearer(map, { data, position }, at) {
  const { bounds, expansionZoom } = data;
  if (expansionZoom === null || expansionZoom > map.getMaxZoom()) return null;
  const turn = at.lng - position[1];
  const [south, west, north, east] = bounds;
  const box = L.latLngBounds([south, west + turn], [north, (east < west ? east + 360 : east) + turn]);
  const fitting = Math.floor(map.getBoundsZoom(box, false, L.point(120, 120)));
  const zoom = Math.min(map.getMaxZoom(), Math.max(expansionZoom, Math.min(fitting, expansionZoom + 2)));
  return { zoom, center: zoom === fitting ? box.getCenter() : at };
}

export function fly(map, { center, zoom }, duration) {
  if (STILL.matches) map.setView(center, zoom, { animate: false });
  else map.flyTo(center, zoom, { duration });
}

// past(): the moment that is replayed, in words, or null for now.
export function createOpener(map, popups, past) {
  return (marker, at, from) => {
    if (marker.type !== "cluster") return popups.showViewer(marker, at, from);
    const there = nearer(map, marker, at);
    if (there) return fly(map, there, 0.6);
    const moment = past();
    if (!moment) return popups.showList(marker, at, from);
    const count = h("h3", {}, plural(marker.data.count, "viewer", "viewers"));
    return popups.showNote(at, from, count, h("p", { class: "muted" }, `At this place, ${moment}..`));
  };
}
