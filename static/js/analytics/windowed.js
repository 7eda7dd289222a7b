// What the pages of an app and of a livestream share: totals, curve and days of a range, and its single viewings.

import { byId, h, setText } from "../map/dom.js";
import { about } from "./api.js";
import { Block, linkExports } from "./block.js";
import { Curve } from "./curve.js";
import { Days, daysWindow, MOST_DAYS } from "./days.js";
import { replayAddress } from "./report.js";
import { showTotals } from "./totals.js";

export class Windowed {
  #page;
  #report;
  #beginning = null; // of all there is, as the curve found it
  #totals;
  #curve;
  #days;

  constructor(page, report, { withCount }) {
    this.#page = page;
    this.#report = report;
    const curve = new Curve((start, end) => report.choose({ range: "custom", start, end }));
    const days = new Days({ withCount });
    this.#totals = new Block("totals", {
      path: `${page.api}/overview`,
      asked: ({ asked }) => asked,
      show: (data, { zone }) => { showTotals(data, zone); this.#sayNothing(data.totals); },
    });
    this.#curve = new Block("curve", {
      path: `${page.api}/concurrency`,
      asked: ({ asked }) => ({ ...asked, points: 500 }),
      empty: (data) => { this.#beginning = data.start; return data.points.some(([, viewers]) => viewers) || data.peak?.viewers ? "" : "Nobody watched in this range."; },
      show: (data, { zone }) => curve.show(data, zone),
    });
    this.#days = new Block("days", {
      path: `${page.api}/days`,
      asked: ({ state, window }) => about(state, daysWindow(window, this.#beginning, state.zone)),
      empty: (data) => (data.days.some((day) => day.count || day.viewerSeconds || day.ingestSeconds) ? "" : "Nothing on these days."),
      show: (data, view) => { days.show(data, view.zone); sayCut(data, view); },
    });
  }

  async load(view) {
    byId("nothing").hidden = true;
    byId("replay").href = replayAddress(this.#page.map, view.state, view.window.start === null ? { start: 0, end: view.window.end } : view.window);
    linkExports(byId("viewings"), `${this.#page.api}/viewings`, view.asked);
    this.#totals.load(view);
    const curve = this.#curve.load(view);
    // Days are asked for from a day on, and the beginning is what the curve tells.
    if (view.window.start === null) await curve;
    if (this.#report.view === view) this.#days.load(view);
  }

  #sayNothing({ count, viewerSeconds, ingestSeconds, peakViewers }) {
    const nothing = byId("nothing");
    nothing.hidden = Boolean(count || viewerSeconds || ingestSeconds || peakViewers);
    if (nothing.hidden) return;
    const to = (range, name) => h("button", { type: "button", class: "button quiet small", onclick: () => this.#report.choose({ range, start: null, end: null }) }, name);
    nothing.replaceChildren(h("span", {}, "Nothing was published or watched in this range. Look at more of it:"), to("90d", "Last 90 days"), to("all", "All time"));
  }
}

function sayCut({ days }, { window }) {
  const cut = days.length >= MOST_DAYS && (window.start === null || days[0].start > window.start);
  byId("days-cut").hidden = !cut;
  setText(byId("days-cut"), cut ? `The newest ${days.length} days of the range; choose a range for those before.` : "");
}
