// The embedded basemap: land, coasts and borders drawn on canvas tiles, from shapes that the page brought along.

import { mapColours } from "./palette.js";

const TILE = 256;
// One pixel more than its place, so that no hairline shows between tiles at fractional zooms.
const DRAWN = TILE + 1;
// Tiles are stretched up to 1.41 times between whole zooms; spare pixels keep them crisp.
const OVERSAMPLE = 1.4;

function trace(context, tile, scale) {
  context.beginPath();
  for (const feature of tile.features) {
    for (const ring of feature.geometry) {
      context.moveTo(ring[0] * scale, ring[1] * scale);
      for (let i = 2; i < ring.length; i += 2) context.lineTo(ring[i] * scale, ring[i + 1] * scale);
    }
  }
}

export function createBasemap(geography) {
  let colours = mapColours();

  function paint(canvas, { x, y, z }) {
    const context = canvas.getContext("2d", { alpha: false });
    const ratio = canvas.width / DRAWN;
    const scale = TILE / 4096;
    const worldTiles = 2 ** z;
    const column = ((x % worldTiles) + worldTiles) % worldTiles;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = colours.ocean;
    context.fillRect(0, 0, DRAWN, DRAWN);
    const draw = (index, finish) => {
      const tile = index.getTileRaw(z, column, y);
      if (!tile) return;
      trace(context, tile, scale);
      finish();
    };
    context.lineJoin = "round";
    context.fillStyle = colours.land;
    draw(geography.land, () => context.fill("evenodd"));
    context.strokeStyle = colours.border;
    context.lineWidth = z < 4 ? 0.8 : 1.1;
    draw(geography.borders, () => context.stroke());
    context.strokeStyle = colours.coast;
    context.lineWidth = z < 4 ? 0.6 : 0.9;
    draw(geography.coast, () => context.stroke());
  }

  const Basemap = L.GridLayer.extend({
    createTile(coords) {
      const canvas = document.createElement("canvas");
      const pixels = Math.ceil(DRAWN * Math.min(3, (window.devicePixelRatio || 1) * OVERSAMPLE));
      canvas.width = pixels;
      canvas.height = pixels;
      paint(canvas, coords);
      return canvas;
    },
    _initTile(tile) {
      L.GridLayer.prototype._initTile.call(this, tile);
      tile.style.width = `${DRAWN}px`;
      tile.style.height = `${DRAWN}px`;
    },
    recolour() {
      colours = mapColours();
      for (const { el, coords } of Object.values(this._tiles)) paint(el, coords);
    },
  });

  return new Basemap({ tileSize: TILE, minZoom: 0, maxZoom: 18, keepBuffer: 3, updateWhenZooming: false });
}
