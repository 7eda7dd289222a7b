// The sessions of one place that no zoom can take apart.

import { duration, place, plural } from "./format.js";
import { describe } from "./health.js";
import { h } from "./dom.js";
import { healthMark } from "./session-details.js";

function row(session, now, choose) {
  const watched = duration(session.duration ?? now - session.startTime);
  const facts = [session.player || session.protocol, watched].filter(Boolean).join(" · ");
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

export function sessionList(data, now, { turn, choose }) {
  if (data.list.length === 0) return [h("p", { class: "muted" }, "These viewers have left.")];
  const where = place(data.list[0].city, data.list[0].countryCode);
  return [
    h("h3", {}, plural(data.totalItems, "viewer", "viewers")),
    where ? h("p", { class: "muted" }, where) : null,
    h("ol", { class: "sessions" }, ...data.list.map((session) => row(session, now, choose))),
    pager(data, turn),
  ].filter(Boolean);
}
