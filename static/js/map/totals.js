// The figures beside the map.

import { byId, setText } from "./dom.js";
import { bitrate, full, plural } from "./format.js";

const SPEAK_EVERY = 20_000; // ms: a screen reader should not be talked over by every viewer who comes

export class Totals {
  #spokenAt = -Infinity;
  #spoken = "";

  show({ totalViewers, locatedViewers, unlocatedViewers }) {
    setText(byId("total-viewers"), full(totalViewers));
    setText(byId("total-located"), full(locatedViewers));
    setText(byId("total-unlocated"), full(unlocatedViewers));
    byId("unlocated-why").hidden = unlocatedViewers === 0;
    this.#speak(plural(totalViewers, "viewer", "viewers"));
  }

  // Of all the world, or of one stream: not only of what is in view.
  showStreams({ streams, totalStreams, outBandwidth }, chosen) {
    const bandwidth = chosen ? (streams.find(({ streamKey }) => streamKey === chosen)?.outBandwidth ?? 0) : outBandwidth;
    setText(byId("total-bandwidth"), bitrate(bandwidth));
    setText(byId("total-streams"), full(totalStreams));
  }

  #speak(text) {
    const now = performance.now();
    if (text === this.#spoken || now - this.#spokenAt < SPEAK_EVERY) return;
    this.#spoken = text;
    this.#spokenAt = now;
    setText(byId("spoken-totals"), text);
  }
}
