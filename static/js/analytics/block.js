// One part of the page: asked for by itself, so that what is slow or fails holds nothing else up.
// Its section's data-state is loading, ready, empty or error; what it showed before stays, dimmed, while it loads.

import { byId, h } from "../map/dom.js";
import { address, get } from "./api.js";

export class Block {
  #section;
  #message;
  #path;
  #asked;
  #show;
  #empty;
  #request = null;

  // path: of the API. asked(view): its parameters. show(data, view). empty(data, view): why there is nothing, or "".
  constructor(id, { path, asked, show, empty = () => "" }) {
    this.#section = byId(id);
    this.#message = this.#section.querySelector("[data-message]");
    this.#path = path;
    this.#asked = asked;
    this.#show = show;
    this.#empty = empty;
  }

  async load(view) {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    this.#section.setAttribute("aria-busy", "true");
    linkExports(this.#section, this.#path, this.#asked(view));
    try {
      const { data } = await get(this.#path, this.#asked(view), request.signal);
      if (this.#request === request) this.#answered(data, view);
    } catch (error) {
      if (this.#request === request) this.#failed(error, view);
    }
  }

  #answered(data, view) {
    const why = this.#empty(data, view);
    this.#state(why ? "empty" : "ready", why && h("p", { class: "empty" }, why));
    if (!why) this.#show(data, view);
  }

  #failed(error, view) {
    if (error.status === 401) {
      document.dispatchEvent(new CustomEvent("signedout")); // the page says what to do, once
      return this.#state("error", h("p", { class: "empty" }, "Not shown while you are signed out."));
    }
    const again = h("button", { type: "button", class: "button quiet small", onclick: () => this.load(view) }, "Try again");
    return this.#state("error", h("div", { class: "notice error", role: "alert" }, h("span", {}, inWords(error)), again));
  }

  #state(state, message) {
    this.#section.dataset.state = state;
    this.#section.removeAttribute("aria-busy");
    this.#message.hidden = !message;
    this.#message.replaceChildren(...(message ? [message] : []));
  }
}

// The very question the block asks, as files.
export function linkExports(section, path, asked) {
  for (const link of section.querySelectorAll("[data-export]")) {
    const { page, rowsPerPage, points, ...rest } = asked; // files are whole
    link.href = address(path, { ...rest, format: link.dataset.export });
  }
}

function inWords(error) {
  if (error.status) return error.message;
  if (error.name === "TimeoutError") return "The server takes too long to answer.";
  if (error instanceof TypeError) return "The server cannot be reached.";
  throw error; // our own mistake
}
