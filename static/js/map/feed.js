// Asks for the markers again and again: every two seconds while all is well, ever more slowly while it is not,
// and not at all while nobody looks.

import { failure } from "./api.js";

const INTERVAL = 2_000;
const LONGEST_WAIT = 30_000;
const GIVE_UP = 10_000;
const SETTLE = 120; // a drag or a wheel ends in many moves; the last one counts

export class Feed {
  #address;
  #onAnswer;
  #onState;
  #timer = null;
  #request = null;
  #failures = 0;
  #etag = null;
  #etagOf = null;

  // address(): the URL to ask now. onAnswer(body). onState({kind: "ok" | "offline" | "signed-out", message, retryAt}).
  constructor({ address, onAnswer, onState }) {
    this.#address = address;
    this.#onAnswer = onAnswer;
    this.#onState = onState;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#stop() : this.refresh(0)));
    window.addEventListener("online", () => this.refresh(0));
  }

  // Ask soon, for what is wanted now; an answer still on its way would be for what was wanted before.
  refresh(delay = SETTLE) {
    this.#stop();
    if (!document.hidden) this.#timer = setTimeout(() => this.#ask(), delay);
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#request = null;
  }

  async #ask() {
    const request = new AbortController();
    this.#request = request;
    const giveUp = setTimeout(() => request.abort(), GIVE_UP);
    try {
      await this.#fetch(this.#address(), request.signal);
      if (this.#request !== request) return;
      this.#failures = 0;
      this.#onState({ kind: "ok" });
      this.#again(INTERVAL);
    } catch (error) {
      if (this.#request === request) this.#failed(error);
    } finally {
      clearTimeout(giveUp);
    }
  }

  async #fetch(address, signal) {
    const headers = { Accept: "application/json" };
    if (this.#etagOf === address) headers["If-None-Match"] = this.#etag;
    const answer = await fetch(address, { headers, signal, credentials: "same-origin", cache: "no-store" });
    if (answer.status === 304) return;
    if (!answer.ok) throw await failure(answer);
    const body = await answer.json();
    if (signal.aborted) return;
    this.#etag = answer.headers.get("ETag");
    this.#etagOf = this.#etag ? address : null;
    this.#onAnswer(body);
  }

  #failed(error) {
    if (error.status === 401) {
      this.#onState({ kind: "signed-out", message: "You are signed out." });
      return;
    }
    this.#failures += 1;
    const wait = Math.max(error.retryAfter ?? 0, Math.min(LONGEST_WAIT, INTERVAL * 2 ** (this.#failures - 1)));
    this.#onState({ kind: "offline", message: error.status ? error.message : "", retryAt: performance.now() + wait });
    this.#again(wait);
  }

  #again(wait) {
    if (!document.hidden) this.#timer = setTimeout(() => this.#ask(), wait);
  }
}
