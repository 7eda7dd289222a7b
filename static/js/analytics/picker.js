// The picker of the range and of the time zone.

import { byId, h, setText } from "../map/dom.js";
import { now } from "./clock.js";
import { between, time } from "./format.js";
import { rangeName, RANGE_NAMES, resolve } from "./ranges.js";
import { dateValue, instant, midnight, timeValue } from "./zone.js";
import { ZonePicker } from "./zonepicker.js";

const CUSTOM = ["from-date", "from-time", "to-date", "to-time"];

export class Picker {
  #choose;
  #zones;
  #shown = null;

  // choose(changes): to the state of the page's address.
  constructor(choose) {
    this.#choose = choose;
    this.#zones = new ZonePicker((zone) => this.#pick({ zone }));
    const menu = byId("range");
    byId("presets").replaceChildren(...RANGE_NAMES.map(({ id, name }) => this.#preset(id, name)));
    byId("custom").addEventListener("submit", (event) => this.#custom(event));
    menu.addEventListener("toggle", () => menu.open && this.#open());
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) menu.querySelector("summary").focus();
    });
    byId("earlier").addEventListener("click", () => this.#shift(-1));
    byId("later").addEventListener("click", () => this.#shift(1));
  }

  // state: the address's; window: what it means now.
  show(state, window) {
    this.#shown = { state, window };
    setText(byId("range-name"), rangeName(state.range));
    setText(byId("range-dates"), state.range === "all" ? "" : between(window.start, window.end, state.zone));
    for (const button of byId("presets").children) {
      button.setAttribute("aria-pressed", String(button.dataset.range === state.range));
    }
    byId("earlier").disabled = window.start === null;
    byId("later").disabled = window.start === null || window.end + 1000 > now();
    this.#zones.show(state.zone);
  }

  #preset(id, name) {
    const button = h("button", { type: "button", onclick: () => this.#pick({ range: id, start: null, end: null }) }, name);
    button.dataset.range = id;
    return button;
  }

  #pick(changes) {
    byId("range").open = false;
    byId("range").querySelector("summary").focus();
    this.#choose(changes);
  }

  // As long a range as this one, just before or after; a day or a month of the calendar stays one.
  #shift(direction) {
    const { state, window } = this.#shown;
    const { start, end } = shifted(window, direction, state.zone);
    this.#choose({ range: "custom", start: Math.max(0, start), end: Math.max(1000, end) });
  }

  #open() {
    const { state, window } = this.#shown;
    const { start, end } = window.start === null ? resolve({ range: "7d", zone: state.zone }, now()) : window;
    byId("from-date").value = dateValue(start, state.zone);
    byId("from-time").value = timeValue(start, state.zone);
    byId("to-date").value = dateValue(end, state.zone);
    byId("to-time").value = timeValue(end, state.zone);
    this.#complain("");
  }

  #custom(event) {
    event.preventDefault();
    const { zone } = this.#shown.state;
    const [fromDate, fromTime, toDate, toTime] = CUSTOM.map((id) => byId(id).value);
    const start = fromDate ? moment(fromDate, fromTime, zone) : NaN;
    const end = toDate ? moment(toDate, toTime, zone, 1) : null;
    if (Number.isNaN(start)) return this.#complain("Say from which day on.", "from-date");
    if (Number.isNaN(end) || (!toDate && toTime)) return this.#complain("Say up to which day, or leave the time empty too.", "to-date");
    if (end !== null && end <= start) return this.#complain("The end must come after the beginning.", "to-date");
    if (start >= now()) return this.#complain(`That lies ahead: it is ${time(now(), zone, "moment")} now.`, "from-date");
    this.#pick({ range: "custom", start, end });
  }

  #complain(problem, field = "") {
    byId("custom-error").hidden = !problem;
    setText(byId("custom-error"), problem);
    for (const id of CUSTOM) byId(id).setAttribute("aria-invalid", String(id === field));
    if (field) byId(field).focus();
  }
}

// Without a time the midnight that begins the day, or with days = 1 the one that ends it.
function moment(date, clockTime, zone, days = 0) {
  const shown = Date.parse(`${date}T${clockTime || "00:00"}Z`);
  if (Number.isNaN(shown)) return NaN;
  const at = instant(shown, zone);
  return clockTime ? at : midnight(at, zone, days);
}

function shifted({ start, end }, direction, zone) {
  const whole = midnight(start, zone) === start && midnight(end, zone) === end;
  if (!whole) return { start: start + direction * (end - start), end: end + direction * (end - start) };
  const days = Math.round((end - start) / 86_400_000) * direction;
  return { start: midnight(start, zone, days), end: midnight(end, zone, days) };
}
