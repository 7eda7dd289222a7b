// Where an axis of time has its marks, on the clocks of a zone, and what they read.

import { time } from "./format.js";
import { instant, wall } from "./zone.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 5, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14].map((n) => n * DAY),
];
const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120];
const MONTH = 30 * DAY;

// [{at, label}], at most about so many.
export function marks(start, end, zone, most) {
  const step = STEPS.find((size) => (end - start) / size <= most);
  return step ? clockMarks(start, end, zone, step) : monthMarks(start, end, zone, most);
}

function clockMarks(start, end, zone, step) {
  const found = [];
  const first = wall(start, zone);
  for (let shown = first - (first % step); found.length < 100; shown += step) {
    const at = instant(shown, zone);
    if (at > end) break;
    // Where clocks leap, two marks may be one instant.
    if (at >= start && at !== found.at(-1)?.at) found.push({ at, label: reading(at, zone, step) });
  }
  return found;
}

function reading(at, zone, step) {
  const day = wall(at, zone) % DAY === 0;
  if (day) return time(at, zone, "day");
  return time(at, zone, step < MINUTE ? "second" : "minute");
}

function monthMarks(start, end, zone, most) {
  const step = MONTHS.find((months) => (end - start) / (months * MONTH) <= most) ?? MONTHS.at(-1);
  const first = new Date(wall(start, zone));
  const found = [];
  const begun = first.getUTCFullYear() * 12 + first.getUTCMonth();
  for (let month = begun - (begun % step); found.length < 100; month += step) {
    const at = instant(Date.UTC(Math.floor(month / 12), month % 12, 1), zone);
    if (at > end) break;
    if (at >= start) found.push({ at, label: time(at, zone, month % 12 === 0 ? "year" : "month") });
  }
  return found;
}
