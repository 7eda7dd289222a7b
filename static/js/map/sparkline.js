// The last hour, small; told in words to who cannot see it.

import { createCurve, highest } from "./curve.js";
import { byId, setText, svg } from "./dom.js";
import { full, timeOfDay } from "./format.js";

export const HOUR = 3_600_000;
export const POINTS = 120;

export class Sparkline {
  #figure = byId("sparkline");
  #curve = createCurve({ role: "img" });
  #title = svg("title");

  constructor() {
    this.#figure.prepend(this.#curve.element);
  }

  // exact: whether the filters leave the curve as it is; it knows of apps and streams only.
  show({ points, start, end }, exact) {
    this.#figure.hidden = points.length < 2;
    this.#figure.classList.remove("stale");
    if (points.length < 2) return;
    const [at, most] = highest(points);
    const words = `The last hour: at most ${full(most)} viewers, at ${timeOfDay(at)}; now ${full(points.at(-1)[1])}.`;
    this.#curve.show(points, start, end);
    this.#title.textContent = words;
    this.#curve.element.append(this.#title);
    this.#curve.element.setAttribute("aria-label", words);
    setText(byId("sparkline-most"), `most ${full(most)} at ${timeOfDay(at)}`);
    this.qualify(exact);
  }

  // Another one is on its way: its place is kept.
  expect() {
    this.#figure.classList.add("stale");
  }

  hide() {
    this.#figure.hidden = true;
  }

  qualify(exact) {
    setText(byId("sparkline-label"), exact ? "last hour" : "last hour, not filtered");
  }
}
