// How many watched at once. The curve is the API's points and, on it, the exact peak; its newest part, which may
// still change, is dashed.

import { byId, h, setText } from "../map/dom.js";
import { marks } from "./axis.js";
import { count, time } from "./format.js";
import { axes, fitting, hoverBox, Plot } from "./plot.js";
import { fill } from "./table.js";

const SHORTEST_ZOOM = 10_000;

export class Curve {
  #plot = new Plot(byId("curve-plot"));
  #onZoom;

  // onZoom(start, end): a stretch was dragged out, in ms.
  constructor(onZoom = null) {
    this.#onZoom = onZoom;
  }

  // data: the API's. points of the whole window, peak or null, provisionalSince or null.
  show(data, zone) {
    const drawn = withPeak(data);
    this.#plot.show((palette) => ({
      data: columns(drawn, data.provisionalSince),
      options: this.#options(palette, data, drawn, zone),
    }));
    setText(byId("curve-said"), inWords(data, zone));
    this.#hint(data);
    fill(byId("curve-table"), {
      columns: [{ name: "Moment" }, { name: "Viewers", number: true }],
      rows: drawn.map(([at, viewers]) => [time(at, zone, "moment"), count(viewers)]),
    });
  }

  #hint({ provisionalSince, end }) {
    const said = [];
    if (provisionalSince !== null && provisionalSince < end) said.push("Dashed: may still change.");
    if (this.#onZoom && window.matchMedia("(pointer: fine)").matches) said.push("Drag over a stretch to look at it alone.");
    setText(byId("curve-hint"), said.join(" "));
    byId("curve-hint").hidden = said.length === 0;
  }

  #options(palette, data, drawn, zone) {
    const [first, last] = [drawn[0][0], drawn.at(-1)[0]];
    const edges = first < last ? [first, last] : [first - 30_000, last + 30_000];
    const most = Math.max(1, ...drawn.map(([, viewers]) => viewers));
    const line = { stroke: palette.accent, width: 1.75, fill: veil(palette.accent), points: { show: drawn.length < 3, size: 6 } };
    const labels = (plot) => marks(edges[0], edges[1], zone, fitting(plot));
    return {
      ms: 1,
      scales: { x: { time: false, range: () => edges }, y: { range: () => [0, most * 1.18] } },
      series: [{}, line, { ...line, dash: [4, 4], fill: veil(palette.accent, 6) }],
      axes: axes(palette, {
        splits: (plot) => labels(plot).map(({ at }) => at),
        values: (plot) => labels(plot).map(({ label }) => label),
      }),
      cursor: { y: false, points: { size: 8 }, drag: { x: Boolean(this.#onZoom), y: false, setScale: false } },
      plugins: [hoverBox((index) => [`${count(drawn[index][1])} ${drawn[index][1] === 1 ? "viewer" : "viewers"}`, time(drawn[index][0], zone, "moment")])],
      hooks: { draw: [(plot) => markPeak(plot, data.peak, palette, zone)], setSelect: [(plot) => this.#zoom(plot)] },
    };
  }

  #zoom(plot) {
    const { left, width } = plot.select;
    if (!this.#onZoom || width < 4) return;
    const [start, end] = [left, left + width].map((px) => Math.round(plot.posToVal(px, "x") / 1000) * 1000);
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (end - start >= SHORTEST_ZOOM) this.#onZoom(start, end);
  }
}

// The peak lies between two points as a rule, and is as true as they are.
function withPeak({ points, peak }) {
  if (!peak?.viewers || points.some(([at]) => at === peak.at)) return points;
  return [...points, [peak.at, peak.viewers]].sort(([one], [other]) => one - other);
}

function columns(drawn, since) {
  // The two parts meet at the last point that stands.
  const stands = since === null ? drawn.length - 1 : Math.max(0, drawn.findLastIndex(([at]) => at <= since));
  return [
    drawn.map(([at]) => at),
    drawn.map(([, viewers], index) => (index <= stands ? viewers : null)),
    drawn.map(([, viewers], index) => (index >= stands ? viewers : null)),
  ];
}

const veil = (colour, percent = 14) => `color-mix(in srgb, ${colour} ${percent}%, transparent)`;

function markPeak(plot, peak, { accent, surface, text, font }, zone) {
  if (!peak?.viewers) return;
  const { ctx } = plot;
  const ratio = uPlot.pxRatio;
  const [x, y] = [plot.valToPos(peak.at, "x", true), plot.valToPos(peak.viewers, "y", true)];
  ctx.save();
  ctx.beginPath();
  ctx.arc(x, y, 4.5 * ratio, 0, 2 * Math.PI);
  ctx.fillStyle = accent;
  ctx.strokeStyle = surface;
  ctx.lineWidth = 2 * ratio;
  ctx.fill();
  ctx.stroke();
  ctx.font = font.replace("12px", `600 ${12 * ratio}px`);
  ctx.fillStyle = text;
  ctx.textBaseline = "bottom";
  const label = `${count(peak.viewers)} at ${time(peak.at, zone, "second")}`;
  const half = ctx.measureText(label).width / 2;
  const { left, width } = plot.bbox;
  ctx.textAlign = "center";
  const [labelX, labelY] = [Math.min(Math.max(x, left + half), left + width - half), y - 9 * ratio];
  // Readable over lines of the grid.
  ctx.lineWidth = 4 * ratio;
  ctx.lineJoin = "round";
  ctx.strokeText(label, labelX, labelY);
  ctx.fillText(label, labelX, labelY);
  ctx.restore();
}

function inWords({ peak, start, end }, zone) {
  if (!peak?.viewers) return "Nobody watched.";
  return `Peak ${count(peak.viewers)}, ${time(peak.at, zone, "moment")}`;
}
