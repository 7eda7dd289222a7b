// What part of the world the map shows, in the API's terms.

const LATITUDE = 85.0511;

export const wrap = (longitude) => ((((longitude + 180) % 360) + 360) % 360) - 180;

const round = (degrees) => Number(degrees.toFixed(5));

// "west,south,east,north"; west > east says that the box crosses the antimeridian.
export function bboxOf(bounds) {
  const south = Math.max(-LATITUDE, bounds.getSouth());
  const north = Math.min(LATITUDE, bounds.getNorth());
  if (bounds.getEast() - bounds.getWest() >= 360) return [-180, round(south), 180, round(north)].join(",");
  return [wrap(bounds.getWest()), south, wrap(bounds.getEast()), north].map(round).join(",");
}

// The longitudes, on all copies of the world in sight, at which a place is to be drawn.
export function copies(longitude, bounds, margin) {
  const west = bounds.getWest() - margin;
  const east = bounds.getEast() + margin;
  const found = [];
  for (let turn = Math.ceil((west - longitude) / 360); longitude + turn * 360 <= east; turn += 1) {
    found.push(longitude + turn * 360);
  }
  return found;
}

// Rounded down: the server keeps markers apart at whole zooms, and in between they only move further apart.
export const serverZoom = (map) => Math.max(0, Math.min(20, Math.floor(map.getZoom() + 1e-6)));

// The zoom at which one world fills the screen's width, and nearly its height.
export function fittingZoom(size) {
  const quarter = (length) => Math.ceil(Math.log2(length / 256) * 4) / 4;
  return Math.max(1, quarter(size.x), quarter(size.y * 0.95));
}
