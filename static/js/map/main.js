// The live map page: what the modules are to each other.

import { createApi } from "./api.js";
import { createBasemap } from "./basemap.js";
import { Choice } from "./choice.js";
import { createOpener } from "./clicks.js";
import { byId, readJson } from "./dom.js";
import { Feed } from "./feed.js";
import { timeOfDay } from "./format.js";
import { Freshness } from "./freshness.js";
import { loadGeography } from "./geography.js";
import { Ground } from "./ground.js";
import { createLabels } from "./labels.js";
import { Markers } from "./markers.js";
import { Popups } from "./popup.js";
import { connectShare } from "./share.js";
import { SidePanel } from "./side-panel.js";
import { HOUR, POINTS, Sparkline } from "./sparkline.js";
import { Totals } from "./totals.js";
import { know } from "./vague.js";
import { createMap, listenToKeys } from "./view.js";
import { bboxOf, serverZoom } from "./viewport.js";

const config = readJson("map-config");
const { endpoints } = config;
const page = byId("main");
const connect = byId("connect");
// What is shown only once stays until it is closed. Reloading then shows the map, and makes nothing anew.
const keepsOpen = connect.dataset.keep === "open";
if (keepsOpen) history.replaceState(null, "", endpoints.map);

const choice = new Choice();
const panel = new SidePanel(choice, () => summaryFeed.refresh(0));
const map = createMap();
listenToKeys(map);
const api = createApi(endpoints, choice);
const ground = new Ground(map);
const popups = new Popups(map, api, ground, (id) => (config.admin ? config.admin.replace("ID", id) : null));
const markers = new Markers(map, createOpener(map, popups, () => replay?.moment ?? null));
const totals = new Totals();
const sparkline = new Sparkline();
const freshness = new Freshness(byId("freshness"), page, () => totals.name(counted()));
const where = () => [bboxOf(map.getBounds()), serverZoom(map)];
let replay = null;
let wall = null;
let summary = null;
let shown = null;

const feed = new Feed({
  address: () => api.markersAddress(...where()),
  onAnswer: (body) => {
    freshness.answered(body);
    return show(body.data);
  },
  onUnchanged: (ms) => freshness.unchanged(ms),
  onState: (state) => freshness.state(state),
});
const summaryFeed = new Feed({ address: () => api.summaryAddress(panel.search), onAnswer: showSummary, interval: 3_000 });
const liveFeed = new Feed({ address: () => api.liveAddress(), onAnswer: ({ data }) => replay?.active || totals.showLive(data), interval: 15_000 });
const curveFeed = new Feed({
  address: () => api.curveAddress(Math.floor((freshness.now - HOUR) / 1000), POINTS),
  onAnswer: ({ data }) => sparkline.show(data, curveIsExact()),
  onState: ({ kind }) => kind === "ok" || sparkline.hide(), // rather none than another stream's
  interval: 60_000,
});

function show({ stats, markers: found }) {
  const drawn = markers.show(found);
  const filtered = choice.chosen.length > 0;
  totals.show(stats, counted());
  byId("nobody").hidden = !filtered || stats.totalViewers > 0;
  // Nobody under a filter is an answer; nobody at all may mean that nothing is connected yet.
  connect.hidden = page.dataset.connect === "closed" || ((stats.totalViewers > 0 || filtered) && !keepsOpen);
  shown = found;
  wall?.shown(found);
  return drawn;
}

function showSummary({ data }) {
  summary = data;
  panel.show(data);
  if (know(data.countryOnly.positions)) markers.repaint();
  byId("legend-country").hidden = data.countryOnly.viewers === 0;
  if (!replay?.active) totals.showSummary(data.totals);
}

// What the number counts. On a wall the title says of what.
function counted() {
  if (replay?.active) return "viewers then";
  const words = choice.chosen.length > 0 && !config.wall ? "matching viewers" : "viewers";
  return `${words} ${freshness.past === null ? "now" : `at ${timeOfDay(freshness.past)}`}`;
}

const curveIsExact = () => choice.chosen.every(([name]) => name === "streamKey");

let curveOf = api.curveAddress(0, 0);
choice.onChange(() => {
  map.closePopup();
  if (curveOf !== (curveOf = api.curveAddress(0, 0))) sparkline.expect();
  sparkline.qualify(curveIsExact());
  for (const each of [feed, summaryFeed, liveFeed, curveFeed]) each.refresh(0);
  if (replay?.active) replay.refresh();
});

async function enterReplay(moment) {
  const { Replay } = await import("./replay.js");
  replay ??= new Replay(api, { where, onFrame: showFrame, onLeave: leaveReplay });
  feed.pause();
  map.closePopup();
  setReplaying(true);
  freshness.state({ kind: "replay", text: "Replay" });
  await replay.enter(moment);
}

function showFrame({ data }) {
  markers.show(data.markers);
  totals.show(data.stats, counted());
  freshness.state({ kind: "replay", text: `Replay: ${replay.moment}` });
}

function leaveReplay() {
  setReplaying(false);
  map.closePopup();
  freshness.state({ kind: "connecting" });
  if (summary) totals.showSummary(summary.totals);
  feed.resume();
  liveFeed.refresh(0);
  byId("replay-open").focus();
}

function setReplaying(yes) {
  page.dataset.mode = yes ? "replay" : "live";
  byId("panel").inert = yes;
  byId("replay-open").setAttribute("aria-expanded", String(yes));
  if (yes) totals.blank();
  if (yes) connect.hidden = byId("nobody").hidden = true;
}

async function drawBasemap() {
  const geography = await loadGeography(endpoints.atlas);
  const basemap = createBasemap(geography).addTo(map);
  await new Promise((resume) => setTimeout(resume)); // land first: placing the names takes a while
  const labels = createLabels(geography.countries).addTo(map);
  ground.know(geography.countries);
  document.addEventListener("themechange", () => {
    basemap.recolour();
    labels.redraw();
  });
}

map.on("moveend", () => (replay?.active ? replay.refresh() : feed.refresh()));
connectShare(choice);
byId("replay-open").addEventListener("click", () => (replay?.active ? replay.leave() : enterReplay()));
byId("clear-filters").addEventListener("click", () => choice.clear());
for (const button of document.querySelectorAll("[data-dismiss]")) {
  button.addEventListener("click", () => {
    byId(button.dataset.dismiss).hidden = true;
    if (button.dataset.dismiss === "connect") page.dataset.connect = "closed";
  });
}
if (window.matchMedia("(min-width: 900px)").matches) byId("legend").open = true;

const parameters = new URLSearchParams(location.search);
if (parameters.has("at") || parameters.has("from")) import("./replay.js").then(({ askedMoment }) => enterReplay(askedMoment() ?? {}));
else feed.refresh(0);
for (const each of [summaryFeed, liveFeed, curveFeed]) each.refresh(0);
if (config.wall) {
  import("./wall.js").then(({ Wall }) => {
    wall = new Wall(map, choice, () => summary?.streams.map(({ streamKey }) => streamKey) ?? []);
    if (shown) wall.shown(shown); // the first answer may have come before it, and the next one when somebody moves
  });
}
drawBasemap().catch((error) => {
  byId("basemap-failed").hidden = false;
  byId("basemap-failed").textContent = error.message;
});
