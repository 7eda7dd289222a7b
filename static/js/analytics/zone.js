// Wall clocks of IANA time zones, by what the browser knows of them. Instants are milliseconds since the epoch.

const DAY = 86_400_000;
const clocks = new Map();

function clock(zone) {
  if (!clocks.has(zone)) {
    const fields = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
    clocks.set(zone, new Intl.DateTimeFormat("en", { ...fields, timeZone: zone, hourCycle: "h23", calendar: "gregory", numberingSystem: "latn" }));
  }
  return clocks.get(zone);
}

export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

// The zone's own name, however it was typed; null when there is none of it.
export function zoneNamed(text) {
  // An offset such as +02:00 is a zone for browsers and none for the server.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(text)) return null;
  const listed = zoneNames().find((name) => name.toLowerCase() === text.toLowerCase());
  if (listed) return listed;
  try {
    return clock(text).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

export const zoneNames = () => ["UTC", ...Intl.supportedValuesOf("timeZone").filter((name) => name !== "UTC")];

// What the zone's clocks show, read as if it were UTC: so that days and months can be added by Date.UTC.
export function wall(ms, zone) {
  const read = {};
  for (const { type, value } of clock(zone).formatToParts(ms)) read[type] = Number(value);
  return Date.UTC(read.year, read.month - 1, read.day, read.hour, read.minute, read.second);
}

const ahead = (ms, zone) => wall(ms, zone) - Math.floor(ms / 1000) * 1000;

// The instant at which the zone's clocks show that. Of two the first; where clocks leap over it, as if they had not yet.
export function instant(shown, zone) {
  const before = shown - ahead(shown - DAY, zone);
  if (wall(before, zone) === shown) return before;
  const after = shown - ahead(shown + DAY, zone);
  return wall(after, zone) === shown ? after : before;
}

// The midnight that begins the day of an instant, or of a day so many days or months from it.
export function midnight(ms, zone, days = 0) {
  const shown = wall(ms, zone);
  return instant(shown - (shown % DAY) + days * DAY, zone);
}

export function monthStart(ms, zone, months = 0) {
  const shown = new Date(wall(ms, zone));
  return instant(Date.UTC(shown.getUTCFullYear(), shown.getUTCMonth() + months, 1), zone);
}

// For the values of date and time inputs.
export const dateValue = (ms, zone) => new Date(wall(ms, zone)).toISOString().slice(0, 10);
export const timeValue = (ms, zone) => new Date(wall(ms, zone)).toISOString().slice(11, 19);
