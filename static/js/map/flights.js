// How markers come, go and move, so that the eye can follow. Only the face moves: its pin stands where it belongs, so
// Leaflet's own placing of pins and a zoom in between disturb nothing.

const COME = { duration: 340, easing: "cubic-bezier(0.2, 0.7, 0.2, 1)" };
const MOVE = { duration: 450, easing: "cubic-bezier(0.3, 0, 0.2, 1)" };
const FARTHEST = 400; // px: a longer way is no way that an eye follows

const boundsOf = ({ marker, at }) => {
  const [south, west, north, east] = marker.data.bounds ?? [at.lat, at.lng, at.lat, at.lng];
  const turn = Math.round((at.lng - marker.position[1]) / 360) * 360;
  return { south, west: west + turn, north, east: (east < west ? east + 360 : east) + turn };
};

// Finds the smallest of `entries` whose ground holds the middle of another one.
export function parentFinder(entries) {
  const grounds = entries.map((entry) => ({ entry, ...boundsOf(entry) })).filter(({ entry }) => entry.marker.data.count > 1);
  const size = ({ south, north, west, east }) => (north - south) * (east - west);
  grounds.sort((a, b) => size(a) - size(b));
  return ({ at }) => grounds.find(({ south, west, north, east }) => at.lat >= south && at.lat <= north && at.lng >= west && at.lng <= east)?.entry ?? null;
}

// From one place to another in pixels, as CSS's `translate` has it; null where that is too far.
function way(from, to, toPoint) {
  const step = toPoint(from).subtract(toPoint(to));
  return Math.hypot(step.x, step.y) > FARTHEST ? null : `${step.x}px ${step.y}px`;
}

export function arrive(entry, parent, toPoint) {
  const from = parent && way(parent.at, entry.at, toPoint);
  const start = from ? { translate: from, scale: 0.6, opacity: 0.4 } : { scale: 0.4, opacity: 0 };
  entry.face.animate([start, { translate: "0 0", scale: 1, opacity: 1 }], COME);
}

export function depart(entry, parent, toPoint, duration) {
  const into = parent && way(parent.at, entry.at, toPoint);
  if (into) entry.face.animate([{ translate: "0 0" }, { translate: into, scale: 0.6 }], { duration, fill: "forwards", easing: "ease-in" });
}

export function glide(entry, before, toPoint) {
  const from = way(before, entry.at, toPoint);
  if (from) entry.face.animate([{ translate: from }, { translate: "0 0" }], MOVE);
}
