// Replay: the map as it was at a moment of the past. The bar below the map chooses the moment; ?at= shares it, and
// ?from=&to= opens another window than the last day.

import { getJson } from "./api.js";
import { Frames } from "./frames.js";
import { Playback } from "./playback.js";
import { ReplayBar } from "./replay-bar.js";

const DAY = 86_400_000;
const HOUR = 3_600_000;

// Unix ms, or what a date string says; NaN for what says nothing.
const instant = (text) => (/^\d+$/.test(text) ? Number(text) : Date.parse(text));

export function askedMoment() {
  const parameters = new URLSearchParams(location.search);
  const [at, from, to] = ["at", "from", "to"].map((name) => instant(parameters.get(name) ?? ""));
  const window = from < to ? { start: from, end: to } : null;
  return at > 0 || window ? { at: at > 0 ? at : null, window } : null;
}

export class Replay {
  #api;
  #where;
  #onFrame;
  #onLeave;
  #frames = new Frames();
  #bar;
  #playback = null;
  #shown = null; // the frame on the map
  #loading = false;
  #active = false;

  // where(): [bbox, zoom]. onFrame(body): show it. onLeave(): back to now.
  constructor(api, { where, onFrame, onLeave }) {
    this.#api = api;
    this.#where = where;
    this.#onFrame = onFrame;
    this.#onLeave = onLeave;
    this.#bar = new ReplayBar({
      onSeek: (at) => this.#playback?.seek(at),
      onPlay: () => (this.#playback?.playing ? this.#playback.pause() : this.#playback?.play()),
      onSpeed: (speed) => { if (this.#playback) this.#playback.speed = speed; },
      onClose: () => this.leave(),
    });
    document.addEventListener("visibilitychange", () => document.hidden && this.#playback?.playing && this.#playback.pause());
  }

  get active() { return this.#active; }
  get moment() { return this.#bar.moment; }

  // at: ms or null for an hour ago. window: {start, end} or null for the last day.
  async enter({ at = null, window = null } = {}) {
    this.#active = true;
    this.#bar.open();
    try {
      const { data } = await getJson(this.#api.replayRangeAddress(window ?? {}));
      if (this.#active) this.#begin(data, at, window);
    } catch (error) {
      this.#bar.say(error.message || "The past could not be loaded.");
    }
  }

  #begin({ start, end, stepMs, curve }, at, window) {
    const span = window
      ? { start: Math.max(start, window.start), end: Math.min(end, window.end) }
      : { start: Math.max(start, end - DAY), end };
    if (!(span.end > span.start)) {
      this.#bar.say(window ? "Nothing of this window is kept." : "There is no past yet: it is kept from now on, every few minutes.");
      return;
    }
    const first = at ?? (window ? span.start : Math.max(span.start, span.end - HOUR));
    this.#playback = new Playback({ ...span, step: stepMs }, first, { ready: () => !this.#loading, onMove: () => this.#moved() });
    this.#playback.speed = this.#bar.speed;
    this.#bar.show(span, stepMs, curve);
    this.#moved();
  }

  // The view has changed, or the app: the same moment anew.
  refresh() {
    this.#shown = null;
    if (this.#playback) this.#moved();
  }

  leave() {
    if (!this.#active) return;
    this.#active = false;
    this.#playback?.pause();
    this.#playback = null;
    this.#shown = null;
    this.#bar.close();
    address({ at: null, from: null, to: null });
    this.#onLeave();
  }

  #moved() {
    const { frame, at, playing } = this.#playback;
    this.#bar.place(at, frame, playing);
    if (frame !== this.#shown) this.#load(frame);
  }

  async #load(frame) {
    this.#shown = frame;
    this.#loading = true;
    try {
      const body = await this.#frames.get(this.#api.replayAddress(frame, ...this.#where()));
      if (!body || !this.#active) return;
      this.#loading = false;
      this.#bar.say("");
      this.#onFrame(body);
      address({ at: frame });
      if (this.#playback.playing) this.#frames.prefetch(this.#api.replayAddress(this.#playback.frameAfter(1), ...this.#where()));
    } catch (error) {
      this.#failed(frame, error);
    }
  }

  #failed(frame, error) {
    if (!this.#active || this.#shown !== frame) return;
    this.#loading = false;
    this.#shown = null;
    this.#bar.say(error.message || "This moment could not be loaded.");
    if (this.#playback.playing) this.#playback.pause();
  }
}

function address(changes) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}
