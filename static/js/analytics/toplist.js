// From where, and by what: values with how many viewings and how much time they made up.

import { byId, h, setText } from "../map/dom.js";
import { country } from "../map/format.js";
import { Block } from "./block.js";
import { fill } from "./table.js";
import { figure } from "./totals.js";

const KINDS = {
  country: { title: "Country", name: (code) => country(code) || code, unknown: "Unknown place" },
  player: { title: "Player", name: (value) => value, unknown: "Unknown player" },
  protocol: { title: "Protocol", name: (value) => value.toUpperCase(), unknown: "Unknown protocol" },
};

// asked(view): whose viewings.
export function topList(by, path, asked) {
  return new Block(by, {
    path,
    asked: (view) => ({ ...asked(view), by }),
    empty: ({ rows, complete }) => (rows.length || !complete ? "" : "Nobody watched."),
    show: (data) => show(by, data),
  });
}

function show(by, { rows, complete }) {
  const { title, name, unknown } = KINDS[by];
  const most = Math.max(1, ...rows.map(({ viewings }) => viewings));
  fill(byId(`${by}-table`), {
    columns: [{ name: title }, { name: "Viewings", number: true }, { name: "Watched", number: true }],
    rows: rows.map((row) => [bar(name(row.value ?? "") || unknown, row.viewings / most), figure("viewings", row.viewings), figure("viewerSeconds", row.viewerSeconds)]),
  });
  byId(`${by}-note`).hidden = complete;
  setText(byId(`${by}-note`), complete ? "" : "Not complete: there are too many viewings to go through, or older ones are no longer kept one by one.");
}

function bar(text, part) {
  const shown = h("span", { class: "bar-name", title: text }, h("span", { class: "bar", "aria-hidden": "true" }), h("span", {}, text));
  shown.firstChild.style.setProperty("--part", String(part));
  return shown;
}
