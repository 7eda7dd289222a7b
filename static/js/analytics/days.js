// Days of the chosen time zone as bars, of one figure at a time, and as a table with all of them.

import { byId, h, setText } from "../map/dom.js";
import { calendarDate, clockwise, count, time } from "./format.js";
import { axes, hoverBox, Plot } from "./plot.js";
import { fill } from "./table.js";
import { figure } from "./totals.js";
import { midnight } from "./zone.js";

const DAY = 86_400_000;
// The API's own bound, with a day to spare for a range that begins within one.
export const MOST_DAYS = 399;
const MEASURES = [
  { name: "viewerSeconds", title: "Watched", seconds: true },
  { name: "ingestSeconds", title: "Published", seconds: true },
  { name: "count", title: "Livestreams" },
  { name: "peakViewers", title: "Peak" },
];
const LABEL_WIDTH = 64;

export class Days {
  #plot = new Plot(byId("days-plot"));
  #measure = MEASURES[0];
  #measures;
  #days = [];

  constructor({ withCount }) {
    this.#measures = MEASURES.filter(({ name }) => withCount || name !== "count");
    const buttons = this.#measures.map((measure) => h("button", { type: "button", onclick: () => this.#choose(measure) }, measure.title));
    byId("days-measure").replaceChildren(...buttons);
    this.#mark();
  }

  show({ days }, zone) {
    this.#days = days;
    setText(byId("days-zone"), zone);
    this.#bars();
    fill(byId("days-table"), {
      columns: [{ name: "Day" }, ...this.#measures.map(({ title }) => ({ name: title, number: true }))],
      rows: days.toReversed().map((day) => [dated(day, zone), ...this.#measures.map(({ name }) => figure(name, day[name]))]),
    });
  }

  #choose(measure) {
    this.#measure = measure;
    this.#mark();
    if (this.#days.length) this.#bars();
  }

  #mark() {
    [...byId("days-measure").children].forEach((button, index) => button.setAttribute("aria-pressed", String(this.#measures[index] === this.#measure)));
  }

  #bars() {
    const days = this.#days;
    const { name, title, seconds } = this.#measure;
    const values = days.map((day) => day[name]);
    const most = Math.max(...values, seconds ? 60 : 1);
    const said = (value) => (seconds ? clockwise(value) : count(value));
    byId("days-plot").setAttribute("aria-label", `${title} by day, from ${calendarDate(days[0].date)} to ${calendarDate(days.at(-1).date)}; the table below has the figures.`);
    this.#plot.show((palette) => ({
      data: [days.map((_, index) => index), values],
      options: {
        scales: { x: { time: false, range: () => [-0.5, days.length - 0.5] }, y: { range: () => [0, most * 1.08] } },
        series: [{}, { stroke: palette.accent, fill: palette.accent, width: 0, paths: uPlot.paths.bars({ size: [0.72, 72], radius: 0.12 }), points: { show: false } }],
        axes: axes(palette, {
          splits: (plot) => everySome(days.length, plot.width),
          values: (_, splits) => splits.map((index) => calendarDate(days[index].date, "day")),
        }, seconds ? { incrs: HOURS, values: (_, splits) => splits.map((value) => hours(value)) } : {}),
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        plugins: [hoverBox((index) => [said(values[index]), calendarDate(days[index].date)])],
      },
    }));
  }
}

// Steps of an axis of seconds that read as minutes or hours.
const HOURS = [30, 60, 300, 600, 1800, ...[1, 2, 5].flatMap((n) => Array.from({ length: 9 }, (_, zeros) => n * 3600 * 10 ** zeros))].sort((one, other) => one - other);

function hours(seconds) {
  if (seconds === 0) return "0";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${seconds / 60} min`;
  return `${new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(seconds / 3600)} h`;
}

function everySome(length, width) {
  const step = Math.ceil(length / Math.max(1, Math.floor(width / LABEL_WIDTH)));
  return Array.from({ length: Math.ceil(length / step) }, (_, number) => number * step);
}

// A day that the range cuts says so.
function dated({ date, start, end }, zone) {
  const parts = [];
  if (midnight(start, zone) !== start) parts.push(`from ${time(start, zone, "minute")}`);
  if (midnight(end, zone) !== end) parts.push(`to ${time(end, zone, "minute")}`);
  return h("span", {}, calendarDate(date), parts.length ? h("span", { class: "aside" }, ` ${parts.join(" ")}`) : null);
}

// As much of a range as can be asked by days: its newest part.
export function daysWindow({ start, end }, beginning, zone) {
  const from = start ?? beginning;
  return { start: end - from > MOST_DAYS * DAY ? midnight(end, zone, 1 - MOST_DAYS) : from, end };
}
