// Figures and times as people read them.

const whole = new Intl.NumberFormat("en");
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const regions = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });

export const full = (number) => whole.format(number);

// 999, 1.2k, 34k, 3.4M: at most four characters, and never rounded up into the next unit's name.
export function compact(number) {
  for (const [size, unit] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (number < size) continue;
    const scaled = number / size;
    return (scaled < 10 ? (Math.floor(scaled * 10) / 10).toString() : Math.floor(scaled).toString()) + unit;
  }
  return String(number);
}

// Bytes per second in, bits per second out: what encoders and links are rated in.
export function bitrate(bytesPerSecond) {
  let value = bytesPerSecond * 8;
  for (const unit of ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"]) {
    if (value < 1000 || unit === "Tbit/s") return `${value < 10 && unit !== "bit/s" ? value.toFixed(1) : Math.round(value)} ${unit}`;
    value /= 1000;
  }
  return "";
}

// The same for what leaves the servers as a whole: Gbit/s, or Mbit/s below, in three digits.
export function throughput(bytesPerSecond) {
  const mega = (bytesPerSecond * 8) / 1e6;
  const [value, unit] = mega >= 1000 ? [mega / 1000, "Gbit/s"] : [mega, "Mbit/s"];
  const digits = value >= 100 || value === 0 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`;
}

export function bytes(count) {
  let value = count;
  for (const unit of ["B", "kB", "MB", "GB", "TB", "PB"]) {
    if (value < 1000 || unit === "PB") return `${value < 10 && unit !== "B" ? value.toFixed(1) : Math.round(value)} ${unit}`;
    value /= 1000;
  }
  return "";
}

export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const timeOfDay = (ms) => clock.format(ms);

export const dayAndTime = (ms) => weekday.format(ms);

// The day is said as soon as the bare hour could be misread.
export const moment = (ms, now) => (now - ms < 12 * 3_600_000 ? clock.format(ms) : day.format(ms));

export function country(code) {
  if (!/^[A-Z]{2}$/.test(code ?? "")) return "";
  return regions.of(code);
}

export const place = (city, countryCode) => [city, country(countryCode)].filter(Boolean).join(", ");

export const plural = (count, one, many) => `${full(count)} ${count === 1 ? one : many}`;
