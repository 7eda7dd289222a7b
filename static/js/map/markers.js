// The markers on the map. A refresh changes what is there: elements are kept, moved and resized, never redrawn.

import { createFace, describeMarker, isCluster, paintFace, scaleTop } from "./bubble.js";
import { arrive, depart, glide, parentFinder } from "./flights.js";
import { sameClusters } from "./same-clusters.js";
import { copies } from "./viewport.js";

const MARGIN_PX = 128;
const DENSE = 250; // markers: beyond that, shadows and animations cost more than they say
const FADE = 200; // ms, as in the stylesheet
const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");

function name(layer, marker) {
  const label = describeMarker(marker);
  const element = layer.getElement();
  if (element.getAttribute("aria-label") !== label) element.setAttribute("aria-label", label);
}

export class Markers {
  #map;
  #onOpen;
  #shown = new Map();
  #zooming = false;
  #zoom = null;
  #top = 1;

  constructor(map, onOpen) {
    this.#map = map;
    this.#onOpen = onOpen;
    map.on("zoomstart", () => { this.#zooming = true; });
    map.on("zoomend", () => { this.#zooming = false; });
    // Tab goes from the largest to the smallest. Moving elements is only worth it for somebody who is about to.
    document.addEventListener("keydown", ({ key }) => key === "Tab" && this.#arrange());
  }

  // Leaflet places markers during a zoom's animation itself. What comes meanwhile is of the view before; the end of the
  // move asks anew, and those are the markers that fly. Returns whether they are shown.
  show(markers) {
    if (this.#zooming) return false;
    const top = scaleTop(markers);
    this.#top = top;
    const before = this.#shown;
    const toPoint = (at) => this.#map.latLngToLayerPoint(at);
    const near = sameClusters(before, toPoint);
    const parents = [...before.values()].map(({ marker, at }) => ({ marker, at }));
    const added = [];
    this.#shown = new Map();
    for (const wanted of this.#placed(markers)) {
      const key = isCluster(wanted.marker) ? near(wanted) : wanted.key;
      const kept = before.get(key);
      before.delete(key);
      const entry = kept ?? this.#add(wanted);
      if (!kept) added.push(entry);
      this.#update(entry, wanted, top, Boolean(kept));
      this.#shown.set(key, entry);
    }
    this.#exchange(added, [...before.values()], parents, toPoint);
    return true;
  }

  // Something else than an answer has changed how markers look.
  repaint() {
    for (const { face, layer, marker } of this.#shown.values()) {
      paintFace(face, marker, this.#top);
      name(layer, marker);
    }
  }

  // After a zoom, what comes flies out of what it was a part of, and what goes flies into what it is now a part of.
  #exchange(added, gone, parents, toPoint) {
    const dense = this.#shown.size > DENSE;
    this.#map.getContainer().classList.toggle("dense", dense);
    const zoomed = this.#zoom !== null && this.#zoom !== this.#map.getZoom();
    this.#zoom = this.#map.getZoom();
    if (dense || STILL.matches) {
      for (const entry of gone) this.#remove(entry, 0);
      return;
    }
    const nowhere = () => null;
    const cameFrom = zoomed ? parentFinder(parents) : nowhere;
    const wentInto = zoomed ? parentFinder([...this.#shown.values()]) : nowhere;
    for (const entry of added) arrive(entry, cameFrom(entry), toPoint);
    for (const entry of gone) {
      depart(entry, wentInto(entry), toPoint, FADE);
      this.#remove(entry, FADE);
    }
  }

  // Every marker once per copy of the world in sight.
  #placed(markers) {
    const bounds = this.#map.getBounds();
    const margin = (MARGIN_PX / this.#map.getSize().x) * (bounds.getEast() - bounds.getWest());
    const placed = [];
    markers.forEach((marker, index) => {
      const [latitude, longitude] = marker.position;
      for (const copy of copies(longitude, bounds, margin)) {
        const turn = Math.round((copy - longitude) / 360);
        const { connectionId, streamKey } = marker.data;
        const name = isCluster(marker) ? `new ${index}` : JSON.stringify([connectionId, streamKey]);
        placed.push({ marker, key: `${name} ${turn}`, at: L.latLng(latitude, copy) });
      }
    });
    return placed;
  }

  #add({ marker, at }) {
    const face = createFace();
    const icon = L.divIcon({ html: face, className: "pin", iconSize: [0, 0] });
    const zIndexOffset = isCluster(marker) ? 0 : 1000;
    const layer = L.marker(at, { icon, keyboard: true, riseOnHover: true, zIndexOffset }).addTo(this.#map);
    const entry = { layer, face, at, marker };
    const open = (byKeyboard) => this.#onOpen(entry.marker, entry.at, { byKeyboard, element: layer.getElement() });
    layer.on("click", () => open(false));
    layer.getElement().addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      open(true);
    });
    return entry;
  }

  #update(entry, { marker, at }, top, kept) {
    entry.marker = marker;
    paintFace(entry.face, marker, top);
    name(entry.layer, marker);
    if (entry.at.equals(at, 1e-7)) return;
    const before = entry.at;
    entry.at = at;
    entry.layer.setLatLng(at);
    if (kept && !STILL.matches) glide(entry, before, (place) => this.#map.latLngToLayerPoint(place));
  }

  #remove({ layer, face }, after) {
    face.classList.add("leaving");
    const element = layer.getElement();
    element.removeAttribute("tabindex");
    if (element === document.activeElement) this.#map.getContainer().focus({ preventScroll: true });
    if (after) setTimeout(() => layer.remove(), after);
    else layer.remove();
  }

  #arrange() {
    const entries = [...this.#shown.values()];
    const pane = this.#map.getPanes().markerPane;
    if (pane.contains(document.activeElement)) return;
    const size = ({ marker }) => (isCluster(marker) ? marker.data.count : 1);
    const order = entries.sort((a, b) => size(b) - size(a) || b.at.lat - a.at.lat || a.at.lng - b.at.lng);
    pane.append(...order.map(({ layer }) => layer.getElement()));
  }
}
