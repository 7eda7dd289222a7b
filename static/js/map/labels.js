// Country names, on one canvas over the view. Not part of the tiles: there, names would be cut at edges and stretched.

import { labelPlaces } from "./label-places.js";
import { mapColours } from "./palette.js";

const MARGIN = 0.25; // of the view, on each side: names are there already when the map is dragged

export function createLabels(countries) {
  const places = labelPlaces(countries);

  const Labels = L.Layer.extend({
    onAdd(map) {
      this._canvas = L.DomUtil.create("canvas", "country-labels leaflet-zoom-animated");
      this._canvas.setAttribute("aria-hidden", "true");
      map.getPane("labels").append(this._canvas);
      this.redraw();
    },
    onRemove() {
      this._canvas.remove();
    },
    getEvents() {
      return { moveend: this.redraw, resize: this.redraw, zoomanim: this._animate };
    },
    _animate({ zoom, center }) {
      const scale = this._map.getZoomScale(zoom, this._zoom);
      const offset = this._origin.multiplyBy(scale).subtract(this._map._getNewPixelOrigin(center, zoom)).round();
      L.DomUtil.setTransform(this._canvas, offset, scale);
    },
    redraw() {
      const map = this._map;
      if (!map) return;
      const size = map.getSize();
      const pad = size.multiplyBy(MARGIN).floor();
      const corner = map.containerPointToLayerPoint(pad.multiplyBy(-1));
      this._zoom = map.getZoom();
      // In pixels of the whole world, not as a position: above 85° there is none.
      this._origin = map.getPixelOrigin().add(corner);
      this._draw(size.add(pad.multiplyBy(2)), this._origin);
      L.DomUtil.setTransform(this._canvas, corner, 1);
    },
    _draw(size, origin) {
      const ratio = window.devicePixelRatio || 1;
      Object.assign(this._canvas, { width: size.x * ratio, height: size.y * ratio });
      Object.assign(this._canvas.style, { width: `${size.x}px`, height: `${size.y}px` });
      const context = this._canvas.getContext("2d");
      const colours = mapColours();
      context.scale(ratio, ratio);
      Object.assign(context, { textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: 3 });
      Object.assign(context, { fillStyle: colours.label, strokeStyle: colours.halo });
      this._place(context, size, origin);
    },
    _place(context, size, origin) {
      const world = 256 * 2 ** this._zoom;
      const font = Math.min(15, 10 + this._zoom * 0.5);
      const family = getComputedStyle(document.body).fontFamily;
      context.font = `500 ${font}px ${family}`;
      const taken = [];
      for (const { name, x, y, width } of places) {
        const text = context.measureText(name).width;
        if (text > width * world * 1.15) continue;
        const top = y * world - origin.y;
        if (top < -font || top > size.y + font) continue;
        for (let left = ((x * world - origin.x) % world) - world; left < size.x + text; left += world) {
          if (left < -text) continue;
          const box = [left - text / 2 - 6, top - font, left + text / 2 + 6, top + font];
          if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
          taken.push(box);
          context.strokeText(name, left, top);
          context.fillText(name, left, top);
        }
      }
    },
  });

  return new Labels();
}
