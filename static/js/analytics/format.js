// Figures as people read them, made from the API's whole numbers and never computed anew.

import { midnight } from "./zone.js";

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const formats = new Map();

export const count = (number) => whole.format(number);
export const compact = (number) => short.format(number);

const two = (number) => String(number).padStart(2, "0");

// 0:00:09, 27:15:09, 1,234:05:06: hours are not days, and never wrap.
export function clockwise(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${whole.format(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

// From a hundred hours on, hours alone: rounded down, as the seconds were.
export function span(seconds) {
  const tenths = Math.floor(seconds / 360);
  return tenths < 1000 ? clockwise(seconds) : `${whole.format(tenths / 10)} h`;
}

export const exactly = (seconds) => `${clockwise(seconds)}, which is ${whole.format(seconds)} s`;

const LAYOUTS = {
  date: { day: "numeric", month: "short", year: "numeric" },
  day: { day: "numeric", month: "short" },
  weekday: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
  month: { month: "short" },
  year: { year: "numeric" },
  minute: { hour: "2-digit", minute: "2-digit" },
  second: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  minuteOf: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
  moment: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

export function time(ms, zone, layout) {
  const key = `${layout} ${zone}`;
  if (!formats.has(key)) {
    const options = { ...LAYOUTS[layout], timeZone: zone, hourCycle: "h23", calendar: "gregory" };
    formats.set(key, new Intl.DateTimeFormat("en-GB", options));
  }
  return formats.get(key).format(ms);
}

// A day's date, YYYY-MM-DD, is no instant of any zone.
export const calendarDate = (date, layout = "weekday") => time(Date.parse(date), "UTC", layout);

// Whole days by their dates, the last one included; else to the minute, or where it matters to the second.
export function between(start, end, zone) {
  if (start === null) return `up to ${time(end, zone, "minuteOf")}`;
  const days = midnight(start, zone) === start && midnight(end, zone) === end;
  if (days) {
    const [first, last] = [time(start, zone, "date"), time(end - 1, zone, "date")];
    return first === last ? first : `${first} – ${last}`;
  }
  const layout = end - start < 600_000 ? "moment" : "minuteOf";
  const whole = midnight(start, zone) === start ? "date" : layout;
  const sameDay = time(start, zone, "date") === time(end, zone, "date");
  return `${time(start, zone, whole)} – ${time(end, zone, sameDay ? (layout === "moment" ? "second" : "minute") : layout)}`;
}

// How a figure stands to the one before: {tone, sign, words}. Nothing is a percentage of zero.
export function change(now, before) {
  if (now === before) return { tone: "same", sign: "=", words: now === 0 ? "none before either" : "as before" };
  if (before === 0) return { tone: "up", sign: "▲", words: "none before" };
  const up = now > before;
  const percent = (Math.abs(now - before) / before) * 100;
  const tone = up ? "up" : "down";
  return { tone, sign: up ? "▲" : "▼", words: `${howMuch(percent)} ${up ? "more" : "less"} than before` };
}

function howMuch(percent) {
  if (percent < 0.1) return "under 0.1 %";
  if (percent > 99 && percent < 100) return "over 99 %";
  if (percent < 10) return `${Math.round(percent * 10) / 10} %`;
  if (percent < 1000) return `${Math.round(percent)} %`;
  return `${whole.format(Math.round(percent / 100))} times`;
}
