// Which app and which stream the page is about; kept in the address, so that a reload or a link shows the same.

import { byId, h, setText } from "./dom.js";
import { compact, full } from "./format.js";
import { healthMark } from "./session-details.js";

const MOST = 8; // streams listed; typing finds the others

export class Filters {
  #values;
  #onChange;
  #streams = [];

  constructor(onChange) {
    const parameters = new URLSearchParams(location.search);
    this.#values = { app: parameters.get("app") ?? "", stream: parameters.get("stream") ?? "" };
    this.#onChange = onChange;
    const chooser = byId("app-chooser");
    if (chooser) {
      chooser.value = this.#values.app;
      chooser.addEventListener("change", () => this.#set({ app: chooser.value, stream: "" }));
    }
    byId("stream-search").addEventListener("input", () => this.#list());
    byId("stream-search").addEventListener("keydown", (event) => this.#take(event));
    byId("clear-stream").addEventListener("click", () => this.#set({ stream: "" }));
    this.#show();
  }

  get app() { return this.#values.app; }
  get stream() { return this.#values.stream; }

  // streams: [{streamKey, viewers, healthScore?}], most watched first.
  showStreams(streams) {
    this.#streams = streams;
    this.#list();
  }

  #set(changes) {
    Object.assign(this.#values, changes);
    const address = new URL(location.href);
    for (const [name, value] of Object.entries(this.#values)) {
      if (value) address.searchParams.set(name, value);
      else address.searchParams.delete(name);
    }
    history.replaceState(null, "", address);
    byId("stream-search").value = "";
    if (!window.matchMedia("(min-width: 900px)").matches) byId("more").open = false; // the map is underneath
    this.#show();
    this.#list();
    this.#onChange();
  }

  // Enter takes the first stream found.
  #take(event) {
    if (event.key !== "Enter") return;
    const [first] = this.#found();
    if (first) this.#set({ stream: first.streamKey });
  }

  #found() {
    const wanted = byId("stream-search").value.trim().toLowerCase();
    return this.#streams.filter(({ streamKey }) => streamKey.toLowerCase().includes(wanted));
  }

  #show() {
    const { stream } = this.#values;
    byId("chosen-stream").hidden = !stream;
    setText(byId("chosen-stream-name"), stream);
    setText(byId("total-label"), stream ? "viewers of this stream" : "viewers now");
  }

  #list() {
    const found = this.#found();
    const list = byId("stream-list");
    const most = Math.max(1, ...this.#streams.map(({ viewers }) => viewers));
    const rows = new Map([...list.children].map((row) => [row.dataset.stream, row]));
    const wanted = found.slice(0, MOST).map((stream) => {
      const row = rows.get(stream.streamKey) ?? this.#row(stream.streamKey);
      this.#paint(row, stream, most);
      return row;
    });
    // Rows that stay where they are are not touched: the one under the pointer keeps its focus.
    wanted.forEach((row, index) => {
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    });
    while (list.children.length > wanted.length) list.lastChild.remove();
    const rest = found.length - wanted.length;
    const note = rest > 0 ? `and ${full(rest)} more: type to find one` : "";
    setText(byId("stream-note"), found.length === 0 && this.#streams.length > 0 ? "No stream of this name is watched now." : note);
    byId("streams").hidden = this.#streams.length === 0;
  }

  #row(streamKey) {
    const choose = () => this.#set({ stream: this.stream === streamKey ? "" : streamKey });
    const button = h("button", { type: "button", class: "stream", onclick: choose, title: streamKey },
      h("span", { class: "stream-bar", "aria-hidden": "true" }),
      h("span", { class: "stream-name" }, streamKey),
      h("span", { class: "stream-count" }));
    const row = h("li", {}, button);
    row.dataset.stream = streamKey;
    return row;
  }

  #paint(row, { streamKey, viewers, healthScore }, most) {
    const button = row.firstChild;
    button.setAttribute("aria-pressed", String(streamKey === this.stream));
    button.querySelector(".stream-bar").style.setProperty("--part", String(viewers / most));
    setText(button.querySelector(".stream-count"), compact(viewers));
    if (healthScore === undefined) return;
    const mark = healthMark(healthScore);
    const shown = button.querySelector(".health-mark");
    if (!shown) button.insertBefore(mark, button.querySelector(".stream-name"));
    else if (shown.className !== mark.className) shown.className = mark.className;
  }
}
