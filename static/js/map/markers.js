// The markers on the map. A refresh changes what is there: elements are kept, moved and resized, never redrawn.

import { createFace, describeMarker, isCluster, paintFace, scaleTop } from "./bubble.js";
import { copies } from "./viewport.js";

const SAME_CLUSTER = 40; // px: the server keeps clusters 60 px apart, so a nearer one is the same one, moved
const MARGIN_PX = 128;
const DENSE = 600; // markers: beyond that, shadows and animations cost more than they say
const FADE = 200; // ms, as in the stylesheet

export class Markers {
  #map;
  #onOpen;
  #shown = new Map();
  #zooming = false;
  #waiting = null;

  constructor(map, onOpen) {
    this.#map = map;
    this.#onOpen = onOpen;
    map.on("zoomstart", () => { this.#zooming = true; });
    map.on("zoomend", () => {
      this.#zooming = false;
      if (this.#waiting) this.show(this.#waiting);
    });
  }

  // Leaflet places markers during a zoom's animation itself; meanwhile the newest answer waits.
  show(markers) {
    if (this.#zooming) {
      this.#waiting = markers;
      return;
    }
    this.#waiting = null;
    const top = scaleTop(markers);
    const before = this.#shown;
    const near = this.#nearby(before);
    this.#shown = new Map();
    for (const wanted of this.#placed(markers)) {
      const key = isCluster(wanted.marker) ? near(wanted) : wanted.key;
      const kept = before.get(key);
      before.delete(key);
      const entry = kept ?? this.#add(wanted);
      this.#update(entry, wanted, top);
      this.#shown.set(key, entry);
    }
    for (const gone of before.values()) this.#remove(gone);
    this.#map.getContainer().classList.toggle("dense", this.#shown.size > DENSE);
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

  // Finds the key of the cluster shown nearest to a wanted one; makes a new key where there is none.
  #nearby(shown) {
    const map = this.#map;
    const cells = new Map();
    const cell = (point) => [Math.floor(point.x / SAME_CLUSTER), Math.floor(point.y / SAME_CLUSTER)];
    for (const [key, entry] of shown) {
      if (!isCluster(entry.marker)) continue;
      const point = map.latLngToLayerPoint(entry.at);
      const name = cell(point).join();
      cells.set(name, [...(cells.get(name) ?? []), { key, point }]);
    }
    return (wanted) => {
      const point = map.latLngToLayerPoint(wanted.at);
      const [column, row] = cell(point);
      let best = null;
      for (let x = column - 1; x <= column + 1; x += 1) {
        for (let y = row - 1; y <= row + 1; y += 1) {
          for (const candidate of cells.get(`${x},${y}`) ?? []) {
            const distance = candidate.point.distanceTo(point);
            const nearer = distance < (best?.distance ?? SAME_CLUSTER);
            if (nearer && shown.has(candidate.key)) best = { key: candidate.key, distance };
          }
        }
      }
      return best?.key ?? `cluster ${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    };
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

  #update(entry, { marker, at }, top) {
    entry.marker = marker;
    paintFace(entry.face, marker, top);
    const element = entry.layer.getElement();
    const label = describeMarker(marker);
    if (element.getAttribute("aria-label") !== label) element.setAttribute("aria-label", label);
    if (entry.at.equals(at, 1e-7)) return;
    entry.at = at;
    // Only now: a transition that stayed on would also delay what Leaflet does after a zoom.
    element.classList.add("gliding");
    entry.layer.setLatLng(at);
    clearTimeout(entry.glide);
    entry.glide = setTimeout(() => element.classList.remove("gliding"), 600);
  }

  #remove({ layer, face }) {
    face.classList.add("leaving");
    setTimeout(() => layer.remove(), FADE);
  }
}
