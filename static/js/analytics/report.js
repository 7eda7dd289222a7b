// A page's state is its address. A view is that state, and the window it means at one moment: all blocks of the
// page are asked about the same one, so that their figures agree, until it is refreshed.

import { byId, h } from "../map/dom.js";
import { about } from "./api.js";
import { read, withQuery } from "./address.js";
import * as clock from "./clock.js";
import { resolve } from "./ranges.js";
import "./said.js";

export class Report {
  #page;
  #fixed;
  #paint;
  #state;
  #view;

  // page: its configuration. fixed: what the address does not choose here. paint(view): shows and asks for it all.
  constructor(page, { fixed = {}, paint }) {
    this.#page = page;
    this.#fixed = fixed;
    this.#paint = paint;
    clock.set(page.now);
    this.#state = { ...read(), ...fixed };
    window.addEventListener("popstate", () => {
      this.#state = { ...read(), ...this.#fixed };
      this.refresh();
    });
    document.addEventListener("signedout", () => signedOut(page.login));
    byId("refresh")?.addEventListener("click", () => this.refresh());
  }

  get state() { return this.#state; }
  get view() { return this.#view; }

  refresh() {
    const window = resolve(this.#state, clock.now());
    this.#view = { ...this.#viewOf(window) };
    this.#paint(this.#view);
  }

  // Another app, livestream, range or zone: everything anew, from the first page of the tables on.
  choose(changes) {
    this.#go({ page: 1, ...changes });
    this.refresh();
  }

  // Another part or order of a table of the same window.
  turn(changes) {
    this.#go(changes);
    this.#view = this.#viewOf(this.#view.window);
    return this.#view;
  }

  // What the page chose by itself belongs into its address as well.
  settle(changes) {
    this.#state = { ...this.#state, ...changes };
    history.replaceState(null, "", this.#address());
  }

  #go(changes) {
    this.#state = { ...this.#state, ...changes };
    history.pushState(null, "", this.#address());
  }

  #viewOf(window) {
    return { state: this.#state, window, zone: this.#state.zone, overview: this.#page.overview, asked: about(this.#state, window) };
  }

  #address() {
    const unsaid = Object.fromEntries(Object.keys(this.#fixed).map((name) => [name, ""]));
    return withQuery(location.pathname, { ...this.#state, ...unsaid });
  }
}

function signedOut(login) {
  const place = byId("signed-out");
  if (!place.hidden) return;
  const back = `${login}?next=${encodeURIComponent(location.pathname + location.search)}`;
  place.replaceChildren("You are signed out. ", h("a", { href: back }, "Log in again"), " to go on where you were.");
  place.hidden = false;
}

// Where the map shows what happened in a window.
export function replayAddress(map, { app, stream }, { start, end }) {
  const said = new URLSearchParams({ from: start, to: end });
  if (app) said.set("app", app);
  if (stream) said.set("stream", stream);
  return `${map}?${said}`;
}
