// One list of the side panel: values with how many watch, each a filter by one click.

import { h, setChildren, setText } from "./dom.js";
import { compact, full, plural } from "./format.js";
import { healthMark } from "./session-details.js";
import { nameOf } from "./words.js";

export class Facet {
  #name;
  #onChoose;
  #list;
  #rows = new Map();

  constructor(section, onChoose) {
    this.#name = section.dataset.facet;
    this.#onChoose = onChoose;
    this.#list = section.querySelector("ol");
    this.section = section;
  }

  // rows: [{value, viewers, healthScore?}], in the order in which they are to stand.
  show(rows, chosen, most = Math.max(1, ...rows.map(({ viewers }) => viewers))) {
    const before = this.#rows;
    this.#rows = new Map();
    const wanted = rows.map((row) => {
      const element = before.get(row.value) ?? this.#made(row.value);
      this.#rows.set(row.value, element);
      this.#paint(element, row, row.value === chosen, most);
      return element;
    });
    setChildren(this.#list, wanted);
  }

  #made(value) {
    const name = nameOf(this.#name, value);
    const button = h("button", { type: "button", class: "row", title: name, onclick: () => this.#onChoose(value) },
      h("span", { class: "row-bar", "aria-hidden": "true" }),
      h("span", { class: "row-name" }, name),
      h("span", { class: "row-count" }));
    return h("li", {}, button);
  }

  #paint(element, { viewers, healthScore }, chosen, most) {
    const button = element.firstChild;
    if (button.ariaPressed !== String(chosen)) button.ariaPressed = String(chosen);
    const part = (viewers / most).toFixed(3);
    if (button.dataset.part !== part) {
      button.dataset.part = part;
      button.firstChild.style.setProperty("--part", part);
    }
    const count = button.lastChild;
    setText(count, compact(viewers));
    if (viewers > 999) count.title = full(viewers);
    count.setAttribute("aria-label", plural(viewers, "viewer", "viewers"));
    if (healthScore !== undefined) this.#mark(button, healthScore);
  }

  #mark(button, score) {
    const mark = healthMark(score);
    const shown = button.querySelector(".health-mark");
    if (!shown) button.insertBefore(mark, button.querySelector(".row-name"));
    else if (shown.className !== mark.className) shown.className = mark.className;
  }
}
