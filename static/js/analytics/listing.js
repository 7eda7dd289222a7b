// Paged tables of the API: livestreams, and the broadcasts of one.

import { byId, h } from "../map/dom.js";
import { withQuery } from "./address.js";
import { time } from "./format.js";
import { fill, fillPager } from "./table.js";
import { figure } from "./totals.js";

export const ROWS = 25;

const FIGURES = {
  ingestSeconds: "Published",
  viewerSeconds: "Watched",
  viewings: "Viewings",
  peakViewers: "Peak",
  meanWatchSeconds: "Mean watch time",
};

const SORTS = new Set(["name", "sessions", "ingestSeconds", "viewerSeconds", "peakViewers", "meanWatchSeconds"]);

// How the livestreams are sorted: as the address says, or the most watched first.
export function sorting({ sort, order }) {
  return SORTS.has(sort) ? { by: sort, order } : { by: "viewerSeconds", order: "desc" };
}

const figures = (row) => Object.keys(FIGURES).map((name) => figure(name, row[name]));
const moment = (ms, zone) => h("span", { title: time(ms, zone, "moment") }, time(ms, zone, "minuteOf"));
const badge = (text) => h("span", { class: "badge" }, text);

// view.state has the order; turn(changes) asks for another part or order of the same.
export function showLivestreams(data, { state, overview }, turn) {
  const sorted = sorting(state);
  const columns = [
    { name: "Livestream", sort: "name" },
    { name: "Broadcasts", number: true, sort: "sessions" },
    ...Object.entries(FIGURES).map(([name, title]) => ({ name: title, number: true, sort: SORTS.has(name) ? name : null })),
  ];
  const rows = data.list.map((row) => [named(row, state, overview), figure("sessions", row.sessions), ...figures(row)]);
  const onSort = (by) => turn({ sort: by, order: nextOrder(by, sorted), page: 1 });
  fill(byId("livestreams-table"), { columns, rows, sorted, onSort });
  fillPager(byId("livestreams-pager"), data, (page) => turn({ page }));
}

// What is pressed first shows the most first; names begin with A.
function nextOrder(by, sorted) {
  if (by === sorted.by) return sorted.order === "asc" ? "desc" : "asc";
  return by === "name" ? "asc" : "desc";
}

function named({ id, name, streamKey, live }, { range, start, end, zone }, overview) {
  const path = `${overview}/livestreams/${encodeURIComponent(id)}`;
  const link = h("a", { href: withQuery(path, { range, start, end, zone }), title: name || streamKey }, name || streamKey);
  const beside = name && name !== streamKey ? h("span", { class: "aside" }, ` ${streamKey}`) : null;
  return h("span", { class: "named" }, link, beside, live ? badge("Live") : null);
}

export function showSessions(data, { state, overview }, turn) {
  const columns = [{ name: "Began" }, { name: "Ended" }, ...Object.values(FIGURES).map((title) => ({ name: title, number: true }))];
  const rows = data.list.map((row) => {
    const path = `${overview}/sessions/${encodeURIComponent(row.id)}`;
    const link = h("a", { href: withQuery(path, { ...state, app: "", stream: "", sort: "", page: 1 }), title: time(row.start, state.zone, "moment") }, time(row.start, state.zone, "minuteOf"));
    return [link, row.end === null ? badge("Live") : moment(row.end, state.zone), ...figures(row)];
  });
  fill(byId("sessions-table"), { columns, rows });
  fillPager(byId("sessions-pager"), data, (page) => turn({ page }));
}
