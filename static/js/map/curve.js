// A curve of viewers over time as SVG paths, in a box that CSS stretches.

import { svg } from "./dom.js";

export const WIDTH = 300;
export const HEIGHT = 40;
const AIR = 2; // above the highest point, so that the line is not cut

// points: [[ms, viewers]] ascending.
function line(points, start, end, top) {
  const x = (ms) => (((ms - start) / Math.max(1, end - start)) * WIDTH).toFixed(1);
  const y = (viewers) => (HEIGHT - (viewers / top) * (HEIGHT - AIR)).toFixed(1);
  return points.map(([ms, viewers], index) => `${index ? "L" : "M"}${x(ms)} ${y(viewers)}`).join("");
}

export const highest = (points) => points.reduce((best, point) => (point[1] > best[1] ? point : best), points[0]);

export function createCurve(attributes) {
  const area = svg("path", { class: "curve-area" });
  const stroke = svg("path", { class: "curve-line", "vector-effect": "non-scaling-stroke" });
  const element = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", ...attributes }, area, stroke);
  const show = (points, start, end) => {
    if (points.length === 0) return element.replaceChildren();
    const path = line(points, start, end, Math.max(1, highest(points)[1]));
    const [first, last] = [points[0], points.at(-1)].map(([ms]) => (((ms - start) / Math.max(1, end - start)) * WIDTH).toFixed(1));
    element.replaceChildren(area, stroke);
    stroke.setAttribute("d", path);
    area.setAttribute("d", `${path}L${last} ${HEIGHT}L${first} ${HEIGHT}Z`);
    return element;
  };
  return { element, show };
}
