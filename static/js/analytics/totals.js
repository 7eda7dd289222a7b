// The totals of the range, each beside that of as much time just before.

import { byId, h, setText } from "../map/dom.js";
import { between, change, count, exactly, span, time } from "./format.js";

const LONG = 9; // characters; more are written smaller
const SECONDS = new Set(["ingestSeconds", "viewerSeconds", "meanWatchSeconds"]);

// An element with the figure; of a time the exact seconds are its title.
export function figure(name, value) {
  if (value === null || value === undefined) return h("span", {}, "–");
  if (!SECONDS.has(name)) return h("data", { value }, count(value));
  return h("data", { value, title: exactly(value) }, span(value));
}

export function showFigures(figures, zone) {
  for (const place of document.querySelectorAll("[data-figure]")) {
    place.replaceChildren(figure(place.dataset.figure, figures[place.dataset.figure]));
    place.classList.toggle("long", place.textContent.length > LONG);
  }
  for (const place of document.querySelectorAll("[data-moment]")) {
    const at = figures[place.dataset.moment];
    setText(place, at === null || at === undefined ? "" : time(at, zone, "moment"));
  }
}

export function showTotals({ totals, previous, provisionalSince, start, end }, zone) {
  showFigures(totals, zone);
  for (const place of document.querySelectorAll("[data-change]")) {
    const name = place.dataset.change;
    place.replaceChildren(...(previous ? compared(name, totals[name], previous[name]) : []));
  }
  setText(byId("previous-dates"), previous ? `${between(previous.start, previous.end, zone)}.` : "nothing is before the beginning.");
  showProvisional(provisionalSince, { start, end }, zone);
}

function compared(name, now, before) {
  const { tone, sign, words } = change(now, before);
  const was = before === 0 ? [] : [" (", figure(name, before), ")"];
  return [h("span", { class: `sign ${tone}`, "aria-hidden": "true" }, sign), ` ${words}`, ...was];
}

// The newest part of a window is open while who is silent may turn out to have left.
export function showProvisional(since, { start, end }, zone) {
  const open = since !== null && since !== undefined && since < end;
  byId("provisional").hidden = !open;
  if (!open) return;
  const seconds = Math.ceil((end - since) / 1000);
  const all = start !== null && since <= start;
  const newest = all ? "All of this" : seconds <= 600 ? `The last ${seconds} s` : `What happened since ${time(since, zone, "moment")}`;
  setText(byId("provisional"), `${newest} may still change: who fell silent then may turn out to have left.`);
}
