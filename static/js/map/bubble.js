// One marker's face: a bubble with a number for a cluster, a dot for a single viewer.

import { compact, plural } from "./format.js";
import { describe, level } from "./health.js";
import { h, setText } from "./dom.js";
import { standsForCountry } from "./vague.js";

const SMALLEST = 26;
const LARGEST = 58;
const PER_CHARACTER = 7.5;

// Area follows the count. The scale's top is a power of four, so that it does not shift with every viewer who comes.
export function scaleTop(markers) {
  let most = 16;
  for (const { type, data } of markers) if (type === "cluster") most = Math.max(most, data.count);
  return 4 ** Math.ceil(Math.log(most) / Math.log(4));
}

function diameter(count, top) {
  const byCount = SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(count / top);
  return Math.round(Math.max(byCount, compact(count).length * PER_CHARACTER + 14));
}

export const isCluster = (marker) => marker.type === "cluster";

const isStacked = (marker) => isCluster(marker) && marker.data.expansionZoom === null;
// All of its viewers are in a place that only stands for their country.
const isVague = (marker) => (!isCluster(marker) || isStacked(marker)) && standsForCountry(marker.position);

export function createFace() {
  return h("div", { class: "face" }, h("span", { class: "count" }));
}

export function describeMarker(marker) {
  const { data } = marker;
  // A public map knows how many there are, and no more.
  if (data.healthScore === undefined) return plural(data.count, "viewer", "viewers");
  const vague = isVague(marker) ? ", somewhere in the country" : "";
  const health = `health ${describe(data.healthScore)}${vague}`;
  if (!isCluster(marker)) return `One viewer of ${data.streamKey}, ${health}`;
  const action = isStacked(marker) ? "Lists them." : "Zooms in.";
  return `${plural(data.count, "viewer", "viewers")}, ${health}. ${action}`;
}

export function paintFace(face, marker, top) {
  const { data } = marker;
  const cluster = isCluster(marker);
  const { name } = level(data.healthScore);
  const stacked = isStacked(marker);
  const vague = isVague(marker);
  const className = `face ${cluster ? "cluster" : "dot"} ${name}${stacked ? " stacked" : ""}${vague ? " country-only" : ""}`;
  if (face.className !== className) face.className = className;
  const size = cluster ? diameter(data.count, top) : vague ? 20 : 13;
  if (face.dataset.size !== String(size)) {
    face.dataset.size = String(size);
    face.style.setProperty("--size", `${size}px`);
  }
  setText(face.firstChild, cluster ? compact(data.count) : "");
  face.title = cluster ? plural(data.count, "viewer", "viewers") : data.streamKey;
}
