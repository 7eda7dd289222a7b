// What the page is about: an app, and the filters. Kept in the address, so that a reload, a link, back and forward
// show the same.

const IN_ADDRESS = { app: "app", streamKey: "stream", country: "country", protocol: "protocol", player: "player", health: "health" };
const LONGEST = 128; // characters, as the API takes them
export const FILTERS = ["streamKey", "country", "protocol", "player", "health"];

function inAddress() {
  const parameters = new URLSearchParams(location.search);
  return Object.fromEntries(Object.entries(IN_ADDRESS).map(([name, key]) => [name, (parameters.get(key) ?? "").slice(0, LONGEST)]));
}

export class Choice {
  #values = inAddress();
  #listeners = [];

  constructor() {
    window.addEventListener("popstate", () => {
      const before = JSON.stringify(this.#values);
      this.#values = inAddress();
      if (JSON.stringify(this.#values) !== before) this.#tell();
    });
  }

  onChange(listener) { this.#listeners.push(listener); }

  get values() { return this.#values; }
  get app() { return this.#values.app; }
  get chosen() { return FILTERS.filter((name) => this.#values[name]).map((name) => [name, this.#values[name]]); }

  // Of somebody who chose: a step that "back" undoes.
  set(changes) {
    this.pass(changes);
    const address = new URL(location.href);
    for (const [name, key] of Object.entries(IN_ADDRESS)) {
      if (this.#values[name]) address.searchParams.set(key, this.#values[name]);
      else address.searchParams.delete(key);
    }
    history.pushState(null, "", address);
  }

  // Of the page itself, as the wall's round of streams: not in the address.
  pass(changes) {
    this.#values = { ...this.#values, ...changes };
    this.#tell();
  }

  toggle(name, value) { this.set({ [name]: this.#values[name] === value ? "" : value }); }

  clear() { this.set(Object.fromEntries(FILTERS.map((name) => [name, ""]))); }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}
