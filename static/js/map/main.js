// The live map page: what the modules are to each other.

import { createApi } from "./api.js";
import { createBasemap } from "./basemap.js";
import { isCluster } from "./bubble.js";
import { byId, readJson } from "./dom.js";
import { Feed } from "./feed.js";
import { Filters } from "./filters.js";
import { Freshness } from "./freshness.js";
import { loadGeography } from "./geography.js";
import { createLabels } from "./labels.js";
import { Markers } from "./markers.js";
import { Popups } from "./popup.js";
import { Totals } from "./totals.js";
import { createMap } from "./view.js";
import { bboxOf, serverZoom } from "./viewport.js";

const STREAMS_EVERY = 4_000;

const config = readJson("map-config");
const page = byId("main");
const connect = byId("connect");
// What is shown only once stays until it is closed. Reloading then shows the map, and makes nothing anew.
const keepsOpen = connect.dataset.keep === "open";
if (keepsOpen) history.replaceState(null, "", config.endpoints.map);
const map = createMap();
const filters = new Filters(() => {
  map.closePopup();
  feed.refresh(0);
  showStreams();
});
const api = createApi(config.endpoints, filters);
const popups = new Popups(map, api);
const markers = new Markers(map, open);
const totals = new Totals();
const freshness = new Freshness(byId("freshness"), page);
const feed = new Feed({
  address: () => api.markersAddress(bboxOf(map.getBounds()), serverZoom(map)),
  onAnswer: show,
  onState: (state) => freshness.state(state),
});

function show(body) {
  const { stats } = body.data;
  freshness.answered(body);
  markers.show(body.data.markers);
  totals.show(stats);
  // Nobody under a filter is an answer; nobody at all may mean that nothing is connected yet.
  const connected = stats.totalViewers > 0 || Boolean(filters.stream);
  connect.hidden = page.dataset.connect === "closed" || (connected && !keepsOpen);
}

function open(marker, at, from) {
  if (!isCluster(marker)) return popups.showViewer(marker, at, from);
  const { bounds, expansionZoom } = marker.data;
  if (expansionZoom === null || expansionZoom > map.getMaxZoom()) return popups.showList(marker, at, from);
  const turn = at.lng - marker.position[1];
  const [south, west, north, east] = bounds;
  const box = L.latLngBounds([south, west + turn], [north, (east < west ? east + 360 : east) + turn]);
  const fitting = Math.floor(map.getBoundsZoom(box, false, L.point(120, 120)));
  const zoom = Math.min(map.getMaxZoom(), Math.max(expansionZoom, Math.min(fitting, expansionZoom + 2)));
  return map.flyTo(zoom === fitting ? box.getCenter() : at, zoom, { duration: 0.6 });
}

async function showStreams() {
  try {
    const { data } = await api.streams();
    filters.showStreams(data.streams);
    totals.showStreams(data, filters.stream);
  } catch {
    // the feed says when the server is away
  }
}

async function drawBasemap() {
  const geography = await loadGeography(config.endpoints.atlas);
  const basemap = createBasemap(geography).addTo(map);
  await new Promise((resume) => setTimeout(resume)); // land first: placing the names takes a while
  const labels = createLabels(geography.countries).addTo(map);
  document.addEventListener("themechange", () => {
    basemap.recolour();
    labels.redraw();
  });
}

map.on("moveend", () => feed.refresh());
for (const button of document.querySelectorAll("[data-dismiss]")) {
  button.addEventListener("click", () => {
    byId(button.dataset.dismiss).hidden = true;
    if (button.dataset.dismiss === "connect") page.dataset.connect = "closed";
  });
}
if (window.matchMedia("(min-width: 900px)").matches) byId("more").open = byId("legend").open = true;

feed.refresh(0);
showStreams();
setInterval(() => document.hidden || showStreams(), STREAMS_EVERY);
drawBasemap().catch((error) => {
  byId("basemap-failed").hidden = false;
  byId("basemap-failed").textContent = error.message;
});
