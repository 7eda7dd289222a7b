// What the page shows, as its address says it: a link, a reload and the back button show the same.

import { DEFAULT_RANGE, isRange } from "./ranges.js";
import { ownZone, zoneNamed } from "./zone.js";

const LAST = 253_402_214_400_000; // 9999-12-31
const MOST_PAGES = 100_000;

export const iso = (ms) => new Date(ms).toISOString().replace(".000Z", "Z");

function moment(text) {
  if (!text) return null;
  const ms = /^\d{1,12}$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  return ms >= 0 && ms <= LAST ? Math.floor(ms / 1000) * 1000 : null;
}

// What cannot be read is as if it were not there.
export function read(search = location.search) {
  const given = new URLSearchParams(search);
  const [start, end] = [moment(given.get("start")), moment(given.get("end"))];
  const custom = start !== null && (end === null || end > start);
  const range = isRange(given.get("range")) ? given.get("range") : DEFAULT_RANGE;
  return {
    app: given.get("app") ?? "",
    stream: given.get("stream") ?? "",
    range: custom ? "custom" : range,
    start: custom ? start : null,
    end: custom ? end : null,
    zone: zoneNamed(given.get("tz") ?? "") ?? ownZone(),
    sort: given.get("sort") ?? "",
    order: given.get("order") === "asc" ? "asc" : "desc",
    page: Math.max(1, Math.min(MOST_PAGES, Math.floor(Number(given.get("page"))) || 1)),
    search: given.get("search") ?? "",
  };
}

// Only what is not the page's own choice anyway.
export function query(state) {
  const { app, stream, range, start, end, zone, sort, order, page, search } = state;
  const said = new URLSearchParams();
  const say = (name, value) => value && said.set(name, value);
  say("app", app);
  say("stream", stream);
  if (range !== "custom") say("range", range === DEFAULT_RANGE ? "" : range);
  else {
    say("start", iso(start));
    say("end", end === null ? "" : iso(end));
  }
  say("tz", zone === ownZone() ? "" : zone);
  say("sort", sort);
  if (sort) say("order", order);
  say("page", page > 1 ? String(page) : "");
  say("search", search);
  // Both may stand in a query as they are, and people read it.
  return said.toString().replaceAll("%3A", ":").replaceAll("%2F", "/");
}

export const withQuery = (path, state) => {
  const said = query(state);
  return said ? `${path}?${said}` : path;
};
