// How old the figures on the screen are, by the server's clock: this computer's own may be wrong.

import { setText } from "./dom.js";
import { timeOfDay } from "./format.js";

const LIVE = 5_000;
const SILENT = 60_000;

export class Freshness {
  #pill;
  #text;
  #page;
  #ahead = null; // the server's clock minus this page's
  #timestamp = null;
  #state = { kind: "connecting" };

  constructor(pill, page) {
    this.#pill = pill;
    this.#text = pill.querySelector("[data-text]");
    this.#page = page;
    setInterval(() => this.#show(), 1_000);
  }

  answered({ data, meta }) {
    this.#ahead = meta.generatedAt - performance.now();
    this.#timestamp = data.timestamp || null;
    this.#show();
  }

  state(state) {
    this.#state = state;
    this.#show();
  }

  #show() {
    const { tone, text } = this.#words();
    this.#pill.dataset.tone = tone;
    this.#page.dataset.feed = tone;
    setText(this.#text, text);
    this.#pill.title = this.#timestamp ? `Data of ${new Date(this.#timestamp).toLocaleString()}` : "";
  }

  #words() {
    const { kind, retryAt, message } = this.#state;
    if (kind === "signed-out") return { tone: "off", text: "Signed out: reload to log in" };
    if (kind === "offline") {
      const seconds = Math.max(0, Math.ceil((retryAt - performance.now()) / 1000));
      const asOf = this.#timestamp ? ` Data of ${timeOfDay(this.#timestamp)}.` : "";
      const retrying = seconds ? `retrying in ${seconds} s` : "retrying";
      return { tone: "off", text: `Offline, ${retrying}.${message ? ` ${message}` : ""}${asOf}` };
    }
    if (kind === "connecting") return { tone: "wait", text: "Connecting" };
    if (this.#timestamp === null) return { tone: "wait", text: "Waiting for the worker" };
    const age = Math.max(0, this.#ahead + performance.now() - this.#timestamp);
    if (age <= LIVE) return { tone: "live", text: "Live" };
    if (age <= SILENT) return { tone: "aging", text: `${Math.round(age / 1000)} s old` };
    return { tone: "off", text: `Worker silent since ${timeOfDay(this.#timestamp)}` };
  }
}
