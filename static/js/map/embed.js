// One stream's map in a frame of another site: clusters of large cells, how many watch, and how old that is.

import { createBasemap } from "./basemap.js";
import { byId, readJson, setText } from "./dom.js";
import { Feed } from "./feed.js";
import { full, timeOfDay } from "./format.js";
import { Freshness } from "./freshness.js";
import { loadGeography } from "./geography.js";
import { createLabels } from "./labels.js";
import { Markers } from "./markers.js";
import { bboxOf, fittingZoom, serverZoom } from "./viewport.js";

const INTERVAL = 5_000; // whoever looks at a page is in less of a hurry than whoever runs the servers
const SPEAK_EVERY = 30_000;
const CLOSE_ENOUGH = 4; // how far the first view goes in to where the viewers are
const MIDDLE = [22, 10];

const config = readJson("map-config");
const page = byId("main");
const touch = window.matchMedia("(pointer: coarse)").matches;

const map = L.map("map", {
  zoomControl: false,
  attributionControl: false,
  zoomSnap: 0.25,
  minZoom: 0,
  maxZoom: config.maxZoom,
  maxBounds: [[-85.06, -Infinity], [85.06, Infinity]],
  maxBoundsViscosity: 0.8,
  // One finger and the wheel scroll the page around the frame, until the map was clicked.
  dragging: !touch,
  scrollWheelZoom: false,
});
map.createPane("labels").classList.add("labels-pane");
L.control.zoom({ position: "topright" }).addTo(map);
// A small frame may show less than the map of the whole world does at its smallest.
const longer = Math.max(map.getSize().x, map.getSize().y);
map.setView(MIDDLE, Math.min(fittingZoom(map.getSize()), Math.ceil(Math.log2(longer / 256) * 4) / 4), { animate: false });
const firstZoom = map.getZoom();
map.on("click", () => map.scrollWheelZoom.enable());
map.on("mouseout", () => map.scrollWheelZoom.disable());

const markers = new Markers(map, (marker, at) => {
  if (map.getZoom() < map.getMaxZoom()) map.flyTo(at, Math.min(map.getMaxZoom(), map.getZoom() + 2), { duration: 0.6 });
});
// Figures that are no longer of now must not say so.
const freshness = new Freshness(byId("freshness"), page, () => {
  const { past } = freshness;
  setText(byId("embed-label"), past ? `viewers at ${timeOfDay(past)}` : "viewers now");
});
const feed = new Feed({
  address: () => `${config.markers}?${new URLSearchParams({ bbox: bboxOf(map.getBounds()), zoom: serverZoom(map) })}`,
  onAnswer: show,
  onUnchanged: (ms) => freshness.unchanged?.(ms),
  onState: (state) => {
    // The page itself says what there is to say of a link that was revoked.
    if (state.message === config.gone) location.reload();
    else freshness.state(state);
  },
  interval: INTERVAL,
});

let looked = false;
let spokenAt = -Infinity;

function show(body) {
  const { stats, markers: found, timestamp } = body.data;
  freshness.answered(body);
  const drawn = markers.show(found);
  const few = stats.totalViewers === null;
  const words = few ? `Fewer than ${config.fewest}` : full(stats.totalViewers);
  setText(byId("embed-count"), timestamp ? words : "–");
  byId("embed-count").classList.toggle("few", few);
  speak(`${words} viewers now`);
  if (!looked && found.length) lookAt(found);
  return drawn;
}

// The first view is of where the viewers are, beside the figures; after that it is the visitor's.
function lookAt(found) {
  looked = true;
  if (map.getZoom() !== firstZoom) return;
  const bounds = L.latLngBounds(found.map(({ position }) => position));
  const figures = document.querySelector(".embed-figures").getBoundingClientRect();
  const room = { paddingTopLeft: [36, figures.bottom + 28], paddingBottomRight: [36, 48] };
  map.fitBounds(bounds, { ...room, maxZoom: Math.max(CLOSE_ENOUGH, firstZoom), animate: false });
}

function speak(text) {
  if (performance.now() - spokenAt < SPEAK_EVERY) return;
  spokenAt = performance.now();
  setText(byId("spoken-totals"), text);
}

async function drawBasemap() {
  const geography = await loadGeography(config.atlas);
  const basemap = createBasemap(geography).addTo(map);
  await new Promise((resume) => setTimeout(resume)); // land first: placing the names takes a while
  const labels = createLabels(geography.countries).addTo(map);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    basemap.recolour();
    labels.redraw();
  });
}

map.on("moveend", () => feed.refresh());
feed.refresh(0);
drawBasemap().catch((error) => {
  byId("basemap-failed").hidden = false;
  byId("basemap-failed").textContent = error.message;
});
