// The time zone by whose clocks moments are read and days begin.

import { byId, h, setText } from "../map/dom.js";
import { ownZone, zoneNamed, zoneNames } from "./zone.js";

export class ZonePicker {
  #choose;
  #zone = "";

  constructor(choose) {
    this.#choose = choose;
    byId("zones").replaceChildren(...zoneNames().map((name) => h("option", { value: name })));
    byId("zone-own").title = ownZone();
    byId("zone-own").addEventListener("click", () => this.#take(ownZone()));
    byId("zone-utc").addEventListener("click", () => this.#take("UTC"));
    byId("zone").addEventListener("change", () => this.#take(byId("zone").value.trim()));
    byId("zone").addEventListener("focus", () => byId("zone").select());
    byId("zone-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#take(byId("zone").value.trim());
    });
  }

  show(zone) {
    this.#zone = zone;
    byId("zone").value = zone;
    this.#complain("");
    byId("zone-own").setAttribute("aria-pressed", String(zone === ownZone()));
    byId("zone-utc").setAttribute("aria-pressed", String(zone === "UTC"));
  }

  #take(name) {
    const known = zoneNamed(name);
    if (known === null) return this.#complain(`${name || "Nothing"} is no time zone; one is Europe/Warsaw.`);
    this.#complain("");
    if (known !== this.#zone) this.#choose(known);
  }

  #complain(problem) {
    byId("zone-error").hidden = !problem;
    setText(byId("zone-error"), problem);
    byId("zone").setAttribute("aria-invalid", String(Boolean(problem)));
  }
}
