// One livestream out of all: what is typed is looked for among those of the range, the most watched first.

import { byId, h } from "../map/dom.js";
import { get } from "./api.js";

const MOST = 8;
const PAUSE = 200; // ms without typing

export class Chooser {
  #input = byId("stream");
  #list = byId("stream-options");
  #path;
  #asked;
  #choose;
  #request = null;
  #timer = null;
  #active = -1;
  #stream = "";

  // path: of the livestreams. asked(): the parameters of the range. choose(streamKey, or "" for all).
  constructor({ path, asked, choose }) {
    this.#path = path;
    this.#asked = asked;
    this.#choose = choose;
    this.#input.addEventListener("input", () => this.#soon());
    this.#input.addEventListener("focus", () => { this.#input.select(); this.#find(""); });
    this.#input.addEventListener("blur", () => setTimeout(() => this.#close(), 150)); // a click on an option first
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    byId("stream-clear").addEventListener("click", () => this.#take(""));
  }

  show(stream) {
    this.#stream = stream;
    this.#input.value = stream;
    this.#input.title = stream;
    byId("stream-clear").hidden = !stream;
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#find(this.#input.value.trim()), PAUSE);
  }

  async #find(search) {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    try {
      const asked = { ...this.#asked(), sort: "viewerSeconds", search, page: 1, rowsPerPage: MOST };
      const { data } = await get(this.#path, asked, request.signal);
      if (this.#request === request && document.activeElement === this.#input) this.#offer(data, search);
    } catch {
      this.#close(); // the page's other parts say what is wrong
    }
  }

  #offer({ list, totalItems }, search) {
    this.#active = -1;
    const options = list.map(({ streamKey, name }, index) => this.#option(streamKey, name || streamKey, index));
    const said = list.length === 0 ? (search ? "No livestream of this range is called so." : "No livestream in this range.") : "";
    const more = totalItems > list.length ? "Type to find others." : "";
    const note = said || more ? [h("li", { class: "options-note", role: "presentation" }, said || more)] : [];
    this.#list.replaceChildren(...options, ...note);
    this.#list.hidden = false;
    this.#input.setAttribute("aria-expanded", "true");
  }

  #option(streamKey, text, index) {
    const option = h("li", { id: `stream-option-${index}`, role: "option", class: "option", "aria-selected": "false", title: text }, text);
    option.dataset.stream = streamKey;
    // Before the blur takes the list away.
    option.addEventListener("pointerdown", (event) => { event.preventDefault(); this.#take(streamKey); });
    return option;
  }

  #key(event) {
    const options = [...this.#list.querySelectorAll("[role=option]")];
    if (event.key === "Escape") { this.#input.value = this.#stream; this.#close(); return; }
    if (event.key === "Enter") {
      if (this.#input.value.trim() === "" && this.#active < 0) this.#take("");
      else if (options.length) this.#take(options[Math.max(0, this.#active)].dataset.stream);
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    if (this.#list.hidden) { this.#find(""); return; }
    if (options.length === 0) return;
    this.#active = (this.#active + step + options.length + (this.#active < 0 && step < 0 ? 1 : 0)) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === this.#active)));
    options[this.#active].scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", options[this.#active].id);
  }

  #take(stream) {
    this.#input.value = stream;
    this.#close();
    if (stream !== this.#stream) this.#choose(stream);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#request = null;
    this.#list.hidden = true;
    this.#input.setAttribute("aria-expanded", "false");
    this.#input.removeAttribute("aria-activedescendant");
    if (document.activeElement !== this.#input) this.#input.value = this.#stream;
  }
}
