// The panel beside the map: what is watched, from where, by what and how well; what was chosen of it as chips.

import { byId, h, setChildren, setText } from "./dom.js";
import { Facet } from "./facet.js";
import { full } from "./format.js";
import { LEVELS } from "./health.js";
import { StreamSearch } from "./stream-search.js";
import { KINDS, nameOf, UNKNOWN } from "./words.js";

const MOST_STREAMS = 8; // listed; typing finds the others
const LISTED = 500; // by the server, at most
const WIDE = window.matchMedia("(min-width: 900px)");
const HEALTH_SCORES = { good: 100, fair: 60, poor: 20, none: 0 };

const rowsOf = (list, key) => list.map(({ [key]: value, viewers }) => ({ value: value || UNKNOWN, viewers }));

const ROWS = {
  country: ({ countries }) => rowsOf(countries, "country"),
  protocol: ({ protocols }) => rowsOf(protocols, "protocol"),
  player: ({ players }) => rowsOf(players, "player"),
  health: ({ health }) => LEVELS.map(({ name }) => ({ value: name, viewers: health[name], healthScore: HEALTH_SCORES[name] })),
};

export class SidePanel {
  #choice;
  #panel = byId("panel");
  #facets = {};
  #search;
  #summary = null;

  // onAsk(): the streams named by `search` are wanted.
  constructor(choice, onAsk) {
    this.#choice = choice;
    for (const section of this.#panel.querySelectorAll("[data-facet]")) {
      const name = section.dataset.facet;
      this.#facets[name] = new Facet(section, (value) => this.#choose(name, value));
    }
    this.#search = new StreamSearch(byId("stream-search"), {
      onType: () => this.#showStreams(),
      onSettle: onAsk,
      onTake: () => this.#take(),
    });
    this.#chooser(byId("app-chooser"));
    byId("panel-toggle").addEventListener("click", () => {
      this.toggle(this.#panel.hidden);
      if (!this.#panel.hidden && !WIDE.matches) byId("panel-close").focus(); // it covers the map
    });
    byId("panel-close").addEventListener("click", () => this.toggle(false, true));
    byId("to-map").addEventListener("click", () => byId("map").focus());
    this.#panel.addEventListener("keydown", ({ key }) => key === "Escape" && !WIDE.matches && this.toggle(false, true));
    choice.onChange(() => this.#changed());
    this.toggle(WIDE.matches);
    this.#showChips();
  }

  get search() { return this.#search.text; }

  toggle(open, focus = false) {
    this.#panel.hidden = !open;
    byId("panel-toggle").setAttribute("aria-expanded", String(open));
    if (focus) byId("panel-toggle").focus();
  }

  show(summary) {
    this.#summary = summary;
    this.#showStreams();
    for (const [name, rows] of Object.entries(ROWS)) this.#showRows(name, rows(summary));
  }

  #showRows(name, rows) {
    const facet = this.#facets[name];
    const watched = rows.filter(({ viewers }) => viewers > 0);
    facet.section.hidden = watched.length === 0;
    setText(facet.section.querySelector(".facet-total"), name === "health" ? "" : full(rows.length));
    facet.show(name === "health" ? rows : watched, this.#choice.values[name]);
  }

  #showStreams() {
    if (!this.#summary) return;
    const all = this.#summary.streams.map(({ streamKey, viewers, healthScore }) => ({ value: streamKey, viewers, healthScore }));
    const found = this.#search.found(all);
    const { section } = this.#facets.streamKey;
    section.hidden = all.length === 0 && !this.search;
    // The server lists so many at the most.
    const watched = all.length < LISTED ? all.length : this.#summary.totals.streams;
    setText(section.querySelector(".facet-total"), full(watched));
    this.#facets.streamKey.show(found.slice(0, MOST_STREAMS), this.#choice.values.streamKey, Math.max(1, ...all.map(({ viewers }) => viewers)));
    const rest = (this.#search.text ? found.length : watched) - MOST_STREAMS;
    const note = rest > 0 ? `and ${full(rest)} more: type to find one` : "";
    setText(byId("stream-note"), this.search && found.length === 0 ? "No stream of this name is watched now." : note);
  }

  #choose(name, value) {
    this.#search.clear();
    this.#choice.toggle(name, value);
    if (!WIDE.matches) this.toggle(false, true); // the map is underneath
  }

  // Enter takes the first stream found.
  #take() {
    const [first] = this.#search.found(this.#summary?.streams.map(({ streamKey }) => ({ value: streamKey })) ?? []);
    if (first && this.#choice.values.streamKey !== first.value) this.#choose("streamKey", first.value);
  }

  #chooser(select) {
    if (!select) return;
    select.value = this.#choice.app;
    select.addEventListener("change", () => this.#choice.set({ app: select.value, streamKey: "" }));
    this.#choice.onChange(() => { select.value = this.#choice.app; });
  }

  #changed() {
    this.#showChips();
    if (this.#summary) this.show(this.#summary); // pressed at once; the counts follow
  }

  #showChips() {
    const { chosen } = this.#choice;
    const list = byId("chips");
    const held = document.activeElement?.closest(".chip, .clear") !== null && list.contains(document.activeElement);
    const chips = chosen.map(([name, value]) => this.#chip(name, value));
    if (chosen.length > 1) chips.push(h("li", {}, h("button", { type: "button", class: "clear", onclick: () => this.#choice.clear() }, "Clear all")));
    setChildren(list, chips);
    list.hidden = chips.length === 0;
    setText(byId("filter-count"), chosen.length ? String(chosen.length) : "");
    if (held) (list.querySelector("button") ?? byId("panel-toggle")).focus();
  }

  #chip(name, value) {
    const words = nameOf(name, value);
    const remove = () => this.#choice.set({ [name]: "" });
    return h("li", { class: "chip" },
      h("span", { class: "chip-kind" }, KINDS[name]),
      h("span", { class: "chip-name", title: words }, words),
      h("button", { type: "button", class: "icon-button", "aria-label": `Remove filter ${KINDS[name]}: ${words}`, onclick: remove }, "✕"));
  }
}
