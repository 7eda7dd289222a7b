// The map on a wall: nothing to click, a big number, and a round through streams or regions that goes on for days.

import { fly } from "./clicks.js";
import { byId, setText } from "./dom.js";
import { plural } from "./format.js";
import { covered, wholeWorld } from "./view.js";

const MOST_STREAMS = 8;
const IDLE = 3_000; // ms until the pointer is hidden
const RENEWED = 12 * 3_600_000; // ms: nobody reloads a wall, and the server may have become a newer one
// south, west, north, east: what fills a screen, not what an atlas would say.
const REGIONS = [
  ["World", null],
  ["Europe", [34, -12, 66, 40]],
  ["North America", [12, -130, 58, -58]],
  ["South America", [-50, -85, 13, -33]],
  ["Africa", [-36, -20, 38, 52]],
  ["Middle East", [12, 25, 42, 64]],
  ["Asia", [-8, 60, 55, 148]],
  ["Oceania", [-48, 110, 0, 180]],
];

function options() {
  const parameters = new URLSearchParams(location.search);
  const seconds = Number(parameters.get("every")) || 20;
  const cycle = parameters.get("cycle");
  return { every: Math.min(3600, Math.max(5, seconds)) * 1000, cycle: ["regions", "none"].includes(cycle) ? cycle : "streams" };
}

export class Wall {
  #map;
  #choice;
  #streams;
  #step = 0;
  #title = "";
  #cycle;

  // streams(): keys of those watched now, most watched first.
  constructor(map, choice, streams) {
    this.#map = map;
    this.#choice = choice;
    this.#streams = streams;
    const { every, cycle } = options();
    this.#cycle = cycle;
    if (cycle === "regions") this.#title = REGIONS[0][0];
    const turn = { streams: () => this.#nextStream(), regions: () => this.#nextRegion(), none: null }[cycle];
    if (turn) setInterval(() => document.hidden || turn(), every);
    this.#stayAwake();
    this.#hidePointer();
  }

  // With the answer for what is shown, never before it: the number and its name change together.
  shown(markers) {
    // The server answers just now, so that the page will come.
    if (performance.now() > RENEWED) location.reload();
    setText(byId("wall-title"), this.#title || (this.#cycle === "streams" ? "All streams" : ""));
    if (this.#cycle !== "regions") return;
    const bounds = this.#map.getBounds();
    const here = markers.filter(({ position }) => [-360, 0, 360].some((turn) => bounds.contains([position[0], position[1] + turn])));
    const viewers = here.reduce((sum, { type, data }) => sum + (type === "cluster" ? data.count : 1), 0);
    setText(byId("wall-here"), `${plural(viewers, "viewer", "viewers")} in view`);
  }

  #nextStream() {
    const keys = ["", ...this.#streams().slice(0, MOST_STREAMS)];
    this.#step = (this.#step + 1) % keys.length;
    this.#title = keys[this.#step];
    if (this.#choice.values.streamKey !== this.#title) this.#choice.pass({ streamKey: this.#title });
  }

  #nextRegion() {
    this.#step = (this.#step + 1) % REGIONS.length;
    const [name, box] = REGIONS[this.#step];
    this.#title = name;
    fly(this.#map, box ? this.#fitting(box) : wholeWorld(this.#map), 2.5);
  }

  #fitting([south, west, north, east]) {
    const { left, top } = covered(this.#map.getSize());
    const box = L.latLngBounds([south, west], [north, east]);
    const zoom = this.#map.getBoundsZoom(box, false, L.point(left, top));
    const middle = this.#map.project(box.getCenter(), zoom);
    return { zoom, center: this.#map.unproject(middle.subtract(L.point(left / 2, top / 2)), zoom) };
  }

  // The lock falls whenever the page is hidden; where there is none, the screen's own settings decide.
  #stayAwake() {
    const ask = () => document.hidden || navigator.wakeLock?.request("screen").catch(() => {});
    document.addEventListener("visibilitychange", ask);
    ask();
  }

  #hidePointer() {
    let timer = null;
    const moved = () => {
      delete document.body.dataset.idle;
      clearTimeout(timer);
      timer = setTimeout(() => { document.body.dataset.idle = "yes"; }, IDLE);
    };
    document.addEventListener("pointermove", moved, { passive: true });
    moved();
  }
}
