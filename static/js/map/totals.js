// The figures of the bar on top.

import { byId, setText } from "./dom.js";
import { full, plural, throughput } from "./format.js";
import { describe, level } from "./health.js";

const SPEAK_EVERY = 20_000; // ms: a screen reader should not be talked over by every viewer who comes
const UNKNOWN = "–";

export class Totals {
  #spokenAt = -Infinity;
  #spoken = "";

  // label: what the number counts.
  show({ totalViewers, locatedViewers, unlocatedViewers }, label) {
    setText(byId("total-viewers"), full(totalViewers));
    this.name(label);
    setText(byId("total-located"), full(locatedViewers));
    setText(byId("total-unlocated"), full(unlocatedViewers));
    byId("unlocated").hidden = unlocatedViewers === 0;
    this.#speak(`${full(totalViewers)} ${label}, ${full(locatedViewers)} of them on the map`);
  }

  name(label) {
    setText(byId("total-label"), label);
  }

  // Of what was chosen, wherever it is: not only of what is in view.
  showSummary({ outBandwidth, healthScore, streams, unlocatedBecause }) {
    setText(byId("total-bandwidth"), throughput(outBandwidth));
    setText(byId("total-health"), healthScore ? String(healthScore) : UNKNOWN);
    byId("total-health-mark").className = `health-mark ${level(healthScore).name}`;
    byId("total-health").title = describe(healthScore);
    setText(byId("total-streams"), plural(streams, "stream watched", "streams watched"));
    this.#explain(unlocatedBecause);
  }

  showLive({ livestreams }) {
    setText(byId("total-live"), full(livestreams));
  }

  // Of the past, places and numbers are known; the rest is not.
  blank() {
    for (const id of ["total-bandwidth", "total-health", "total-live"]) setText(byId(id), UNKNOWN);
    setText(byId("total-streams"), "");
    byId("total-health-mark").className = "health-mark none";
    this.#explain({ past: 1 });
  }

  #explain(reasons) {
    for (const line of document.querySelectorAll("[data-because]")) {
      const count = reasons[line.dataset.because] ?? 0;
      line.hidden = count === 0;
      const figure = line.querySelector("b");
      if (figure) setText(figure, full(count));
    }
  }

  #speak(text) {
    const now = performance.now();
    if (text === this.#spoken || now - this.#spokenAt < SPEAK_EVERY) return;
    this.#spoken = text;
    this.#spokenAt = now;
    setText(byId("spoken-totals"), text);
  }
}
