// The sessions of one place that no zoom can take apart: paged, in the order that was asked for.

import { bitrate, duration, place, plural } from "./format.js";
import { describe } from "./health.js";
import { h } from "./dom.js";
import { healthMark } from "./session-details.js";

const ORDERS = [
  { label: "Newest first", sort: "startTime", order: "desc" },
  { label: "Longest first", sort: "startTime", order: "asc" },
  { label: "Most bandwidth", sort: "outBandwidth", order: "desc" },
  { label: "Least bandwidth", sort: "outBandwidth", order: "asc" },
  { label: "Worst health", sort: "healthScore", order: "asc" },
  { label: "Best health", sort: "healthScore", order: "desc" },
  { label: "Stream", sort: "streamKey", order: "asc" },
];

export const FIRST_ORDER = ORDERS[0];

function row(session, now, choose, { sort }) {
  const watched = duration(session.duration ?? now - session.startTime);
  const facts = [session.player || session.protocol, sort === "outBandwidth" ? bitrate(session.outBandwidth) : watched].filter(Boolean).join(" · ");
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "session", onclick: () => choose(session.id), title: `Health: ${describe(session.healthScore)}` },
      healthMark(session.healthScore),
      h("span", { class: "session-stream" }, session.streamKey),
      h("span", { class: "session-facts" }, facts),
    ),
  );
}

function chooser(order, sortBy) {
  const options = ORDERS.map(({ label }, index) => h("option", { value: String(index), selected: ORDERS[index] === order }, label));
  const select = h("select", { class: "input small", "aria-label": "Order", onchange: () => sortBy(ORDERS[Number(select.value)]) }, ...options);
  return select;
}

function pager({ currentPage, totalPages, hasPrevious, hasNext }, turn) {
  if (totalPages <= 1) return null;
  const button = (label, to, enabled) => h("button", { type: "button", class: "button quiet small", disabled: !enabled, onclick: () => turn(to) }, label);
  return h(
    "div",
    { class: "pager" },
    button("Previous", currentPage - 1, hasPrevious),
    h("span", {}, `${currentPage} of ${totalPages}`),
    button("Next", currentPage + 1, hasNext),
  );
}

// `order` is one of ORDERS; turn(page), choose(id) and sortBy(order) are what a click asks for.
export function sessionList(data, now, { order, turn, choose, sortBy }) {
  if (data.list.length === 0) return [h("p", { class: "muted" }, "These viewers have left.")];
  const where = place(data.list[0].city, data.list[0].countryCode);
  return [
    h("h3", {}, plural(data.totalItems, "viewer", "viewers")),
    h("div", { class: "list-head" }, h("p", { class: "muted" }, where || "One place"), data.totalItems > 1 ? chooser(order, sortBy) : null),
    h("ol", { class: "sessions" }, ...data.list.map((session) => row(session, now, choose, order))),
    pager(data, turn),
  ].filter(Boolean);
}
