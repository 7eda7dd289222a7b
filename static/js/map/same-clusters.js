// Which cluster of a new answer is one that is shown already. The server's clusters have no names.

import { isCluster } from "./bubble.js";

const SAME = 40; // px: the server keeps clusters 60 px apart, so a nearer one is the same one, moved

const cell = ({ x, y }) => [Math.floor(x / SAME), Math.floor(y / SAME)];

// shown: key → entry. Finds the key of the cluster shown nearest to a wanted one; makes a new key where there is none.
export function sameClusters(shown, toPoint) {
  const cells = new Map();
  for (const [key, entry] of shown) {
    if (!isCluster(entry.marker)) continue;
    const point = toPoint(entry.at);
    const name = cell(point).join();
    if (cells.has(name)) cells.get(name).push({ key, point });
    else cells.set(name, [{ key, point }]);
  }
  return (wanted) => {
    const point = toPoint(wanted.at);
    const [column, row] = cell(point);
    let best = null;
    for (let x = column - 1; x <= column + 1; x += 1) {
      for (let y = row - 1; y <= row + 1; y += 1) {
        for (const candidate of cells.get(`${x},${y}`) ?? []) {
          const distance = candidate.point.distanceTo(point);
          const nearer = distance < (best?.distance ?? SAME);
          if (nearer && shown.has(candidate.key)) best = { key: candidate.key, distance };
        }
      }
    }
    return best?.key ?? `cluster ${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
  };
}
