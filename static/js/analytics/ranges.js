// Ranges of time by name. They are half-open, begin at whole seconds, and end now or at a midnight.

import { midnight, monthStart } from "./zone.js";

const HOUR = 3_600_000;

export const DEFAULT_RANGE = "7d";

const lately = (hours) => (now) => [now - hours * HOUR, now];
// Today and the days before it, so many in all.
const days = (count) => (now, zone) => [midnight(now, zone, 1 - count), now];

const RANGES = {
  "1h": ["Last hour", lately(1)],
  "6h": ["Last 6 hours", lately(6)],
  "24h": ["Last 24 hours", lately(24)],
  today: ["Today", days(1)],
  yesterday: ["Yesterday", (now, zone) => [midnight(now, zone, -1), midnight(now, zone)]],
  "7d": ["Last 7 days", days(7)],
  "30d": ["Last 30 days", days(30)],
  "90d": ["Last 90 days", days(90)],
  month: ["This month", (now, zone) => [monthStart(now, zone), now]],
  "last-month": ["Last month", (now, zone) => [monthStart(now, zone, -1), monthStart(now, zone)]],
  all: ["All time", (now) => [null, now]],
};

export const RANGE_NAMES = Object.entries(RANGES).map(([id, [name]]) => ({ id, name }));
export const isRange = (id) => Object.hasOwn(RANGES, id);

// {start, end}; a start of null is the beginning. One's own range may end in an open end: now.
export function resolve({ range, start, end, zone }, now) {
  const whole = Math.floor(now / 1000) * 1000;
  if (range !== "custom") {
    const [from, to] = RANGES[range][1](whole, zone);
    return { start: from, end: to };
  }
  return { start, end: Math.max(start, end === null ? whole : Math.min(end, whole)) };
}

export const rangeName = (range) => (range === "custom" ? "Custom range" : RANGES[range][0]);
