// Asks an address again and again: while all is well every few seconds, while it is not ever more slowly,
// and not at all while nobody looks.

import { failure } from "./api.js";

const LONGEST_WAIT = 30_000;
const GIVE_UP = 10_000;
const SETTLE = 120; // a drag or a wheel ends in many moves; the last one counts
const ASK_WHO_IS_SIGNED_IN = 60_000; // in another tab somebody may log in again

export class Feed {
  #address;
  #onAnswer;
  #onUnchanged;
  #onState;
  #interval;
  #timer = null;
  #request = null;
  #failures = 0;
  #etag = null;
  #etagOf = null;
  #paused = false;

  // address(): the URL to ask now. onAnswer(body): false says that it could not be taken up now and is to be asked for
  // again, whether it changes or not. onUnchanged(ms): the server said at this time that nothing is new.
  // onState({kind: "ok" | "offline" | "signed-out", message, retryAt}). interval: ms between an answer and the next question.
  constructor({ address, onAnswer, onUnchanged = () => {}, onState = () => {}, interval = 2_000 }) {
    this.#address = address;
    this.#onAnswer = onAnswer;
    this.#onUnchanged = onUnchanged;
    this.#onState = onState;
    this.#interval = interval;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#stop() : this.refresh(0)));
    window.addEventListener("online", () => this.refresh(0));
  }

  // Ask soon, for what is wanted now; an answer still on its way would be for what was wanted before.
  refresh(delay = SETTLE) {
    this.#stop();
    if (!document.hidden && !this.#paused) this.#timer = setTimeout(() => this.#ask(), delay);
  }

  // Somebody else shows something meanwhile: "unchanged" would be no answer afterwards.
  pause() {
    this.#paused = true;
    this.#etagOf = null;
    this.#stop();
  }

  resume() {
    this.#paused = false;
    this.refresh(0);
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
      this.#again(this.#interval);
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
    if (answer.status === 304) {
      this.#onUnchanged(Date.parse(answer.headers.get("Date")));
      return;
    }
    if (!answer.ok) throw await failure(answer);
    const body = await answer.json();
    if (signal.aborted) return;
    const taken = this.#onAnswer(body) !== false;
    this.#etag = answer.headers.get("ETag");
    this.#etagOf = taken && this.#etag ? address : null;
  }

  #failed(error) {
    if (error.status === 401) {
      this.#onState({ kind: "signed-out", message: "You are signed out." });
      this.#again(ASK_WHO_IS_SIGNED_IN);
      return;
    }
    this.#failures += 1;
    const slower = Math.min(Math.max(LONGEST_WAIT, this.#interval), this.#interval * 2 ** Math.min(this.#failures - 1, 16));
    const wait = Math.max(error.retryAfter ?? 0, slower);
    this.#onState({ kind: "offline", message: error.status ? error.message : "", retryAt: performance.now() + wait });
    this.#again(wait);
  }

  #again(wait) {
    if (!document.hidden && !this.#paused) this.#timer = setTimeout(() => this.#ask(), wait);
  }
}
