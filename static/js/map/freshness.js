// How old the figures on the screen are, by the server's clock: this computer's own may be wrong.

import { setText } from "./dom.js";
import { duration, timeOfDay } from "./format.js";

const LIVE = 5_000;
const SILENT = 60_000;
const DAY = 86_400_000;

export class Freshness {
  #pill;
  #text;
  #page;
  #onTurn;
  #ahead = null; // the server's clock minus this page's
  #timestamp = null;
  #state = { kind: "connecting" };

  // onTurn(): the figures have become those of a past moment, or of now again.
  constructor(pill, page, onTurn = () => {}) {
    this.#pill = pill;
    this.#onTurn = onTurn;
    this.#text = pill.querySelector("[data-text]");
    this.#page = page;
    setInterval(() => this.#show(), 1_000);
  }

  // The moment that the figures are of, where that is no longer now; else null.
  get past() {
    const off = this.#pill.dataset.tone === "off";
    return off && this.#timestamp !== null ? this.#timestamp : null;
  }

  // The server's time, as far as it is known.
  get now() { return this.#ahead === null ? Date.now() : this.#ahead + performance.now(); }

  answered({ data, meta }) {
    this.#ahead = meta.generatedAt - performance.now();
    this.#timestamp = data.timestamp || null;
    this.#show();
  }

  // Nothing is new at `ms`, which is a whole second. This page's clock stands still while the computer sleeps.
  unchanged(ms) {
    if (ms - this.now > 2_000) this.#ahead = ms - performance.now();
  }

  state(state) {
    this.#state = state;
    this.#show();
  }

  #show() {
    const { tone, text } = this.#words();
    const turned = this.#pill.dataset.tone !== tone;
    if (turned) this.#pill.dataset.tone = this.#page.dataset.feed = tone;
    setText(this.#text, text);
    if (turned) this.#onTurn();
    const asOf = this.#timestamp ? `Data of ${new Date(this.#timestamp).toLocaleString()}` : "";
    const title = [this.#state.message, asOf].filter(Boolean).join(" ");
    if (this.#pill.title !== title) this.#pill.title = title;
  }

  #words() {
    const { kind, retryAt, text } = this.#state;
    if (kind === "replay") return { tone: "replay", text };
    if (kind === "signed-out") return { tone: "off", text: "Signed out: reload to log in" };
    if (kind === "offline") {
      const seconds = Math.max(0, Math.ceil((retryAt - performance.now()) / 1000));
      const retrying = seconds ? `retrying in ${seconds} s` : "retrying";
      return { tone: "off", text: `Offline, ${retrying}` };
    }
    if (kind === "connecting") return { tone: "wait", text: "Connecting" };
    if (this.#timestamp === null) return { tone: "wait", text: "Waiting for the worker" };
    const age = Math.max(0, this.now - this.#timestamp);
    if (age <= LIVE) return { tone: "live", text: "Live" };
    if (age <= SILENT) return { tone: "aging", text: `${Math.round(age / 1000)} s old` };
    const since = age < DAY ? timeOfDay(this.#timestamp) : `${duration(age)} ago`;
    return { tone: "off", text: age < DAY ? `No worker since ${since}` : `No worker: data ${since}` };
  }
}
