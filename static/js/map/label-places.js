// Where a country's name goes: on the widest stretch of its largest piece.

const mercatorY = (latitude) => {
  const clamped = (Math.max(-85, Math.min(85, latitude)) * Math.PI) / 180;
  return 0.5 - Math.asinh(Math.tan(clamped)) / (2 * Math.PI);
};

const project = ([longitude, latitude]) => [longitude / 360 + 0.5, mercatorY(latitude)];

function area(ring) {
  let sum = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) sum += ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
  return Math.abs(sum / 2);
}

// The stretches of a horizontal line that lie inside the ring.
function spans(ring, y) {
  const crossings = [];
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [x1, y1] = ring[j];
    const [x2, y2] = ring[i];
    if (y1 > y !== y2 > y) crossings.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
  }
  crossings.sort((a, b) => a - b);
  const found = [];
  for (let i = 0; i + 1 < crossings.length; i += 2) found.push([crossings[i], crossings[i + 1]]);
  return found;
}

function widestSpan(ring) {
  const ys = ring.map((point) => point[1]);
  const top = Math.min(...ys);
  const bottom = Math.max(...ys);
  let best = null;
  for (let step = 1; step < 16; step += 1) {
    const y = top + ((bottom - top) * step) / 16;
    for (const [west, east] of spans(ring, y)) {
      // The middle of the country is preferred to a slightly wider stretch at its rim.
      const worth = (east - west) * (1 - 0.5 * Math.abs(step / 8 - 1));
      if (!best || worth > best.worth) best = { worth, x: (west + east) / 2, y, width: east - west };
    }
  }
  return best;
}

// [{name, x, y, width}], largest country first; x, y and width in worlds (0 to 1), y growing southwards.
export function labelPlaces(countries) {
  const places = [];
  for (const { name, geometry } of countries) {
    if (name === "Antarctica") continue;
    const rings = geometry.coordinates.map((polygon) => polygon[0].map(project)).map((ring) => ({ ring, size: area(ring) }));
    const largest = rings.reduce((a, b) => (b.size > a.size ? b : a));
    const span = widestSpan(largest.ring);
    if (span) places.push({ name, size: largest.size, x: span.x, y: span.y, width: span.width });
  }
  return places.sort((a, b) => b.size - a.size);
}
