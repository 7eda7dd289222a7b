// The past, frame by frame: fetched once each, the next one before it is needed.

import { getJson } from "./api.js";

const MOST = 24; // kept

export class Frames {
  #kept = new Map();
  #wanted = null;

  // The answer for an address, or null when another one was asked for in the meantime.
  async get(address) {
    this.#wanted = address;
    const answer = await this.#fetched(address);
    return this.#wanted === address ? answer : null;
  }

  prefetch(address) {
    this.#fetched(address).catch(() => {}); // told when it is asked for
  }

  #fetched(address) {
    const found = this.#kept.get(address) ?? getJson(address);
    this.#kept.delete(address);
    this.#kept.set(address, found); // as the newest
    found.catch(() => this.#kept.delete(address));
    if (this.#kept.size > MOST) this.#kept.delete(this.#kept.keys().next().value);
    return found;
  }
}
