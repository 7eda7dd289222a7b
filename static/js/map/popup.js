// What a click on a marker tells. A popup belongs to its place, not to a marker, so refreshes leave it alone.

import { byId, h } from "./dom.js";
import { sessionDetails } from "./session-details.js";
import { FIRST_ORDER, sessionList } from "./session-list.js";

const REFRESH = 5_000;

export class Popups {
  #map;
  #api;
  #ground;
  #adminUrl;
  #popup = null;
  #body = null;
  #timer = null;
  #returnTo = null;

  // adminUrl(id): see sessionDetails.
  constructor(map, api, ground, adminUrl) {
    this.#map = map;
    this.#api = api;
    this.#ground = ground;
    this.#adminUrl = adminUrl;
    map.on("popupclose", ({ popup }) => popup === this.#popup && this.#closed());
    // Leaflet hears Escape only while the map has the focus; here it may be in the popup, or nowhere.
    document.addEventListener("keydown", ({ key }) => key === "Escape" && map.closePopup());
  }

  showViewer(marker, at, from) {
    this.#open(at, from);
    this.#render(() => this.#api.sessionOf(marker.data), (answer) => this.#details(answer), REFRESH);
  }

  showList(marker, at, from) {
    this.#open(at, from);
    this.#page(marker, 1, FIRST_ORDER);
  }

  // What there is to say of a marker without asking anybody.
  showNote(at, from, ...lines) {
    this.#open(at, from);
    this.#body.replaceChildren(...lines);
    this.#popup.update();
  }

  #details({ data, meta }) {
    this.#ground.show(data.place, this.#popup.getLatLng());
    return sessionDetails(data, meta.generatedAt, this.#adminUrl);
  }

  #page(marker, page, order) {
    this.#render(
      () => this.#listed(marker, page, order),
      ({ data, meta }) => sessionList(data, meta.generatedAt, {
        order,
        turn: (to) => this.#page(marker, to, order),
        sortBy: (other) => this.#page(marker, 1, other),
        choose: (id) => this.#one(marker, page, order, id),
      }),
    );
  }

  // Who is at one place shares it: the first of them tells how well it is known.
  async #listed(marker, page, order) {
    const popup = this.#popup;
    const answer = await this.#api.sessions(around(marker), page, order);
    const [first] = answer.data.list;
    const { data } = first ? await this.#api.session(first.id).catch(() => ({ data: {} })) : { data: {} };
    if (popup === this.#popup) this.#ground.show(data.place, popup.getLatLng());
    return answer;
  }

  #one(marker, page, order, id) {
    const back = h("button", { type: "button", class: "button quiet small", onclick: () => this.#page(marker, page, order) }, "Back to the list");
    this.#render(() => this.#api.session(id), (answer) => [...this.#details(answer), back], REFRESH);
  }

  #open(at, { byKeyboard, element }) {
    this.#map.closePopup();
    this.#returnTo = byKeyboard ? element : null;
    this.#body = h("div", { class: "popup-body", tabindex: "-1", "aria-live": "polite" }, h("p", { class: "muted" }, "Loading…"));
    this.#popup = L.popup({ minWidth: 264, maxWidth: 300, className: "viewer-popup", ...clearance() })
      .setLatLng(at)
      .setContent(this.#body)
      .openOn(this.#map);
    if (byKeyboard) this.#body.focus();
  }

  // Fetches and shows; with `every`, again while the popup stays open. Only the first showing may move the map.
  async #render(fetch, compose, every = 0) {
    clearTimeout(this.#timer);
    const body = this.#body;
    const popup = this.#popup;
    const attempt = Symbol("render");
    body.attempt = attempt;
    const current = () => this.#popup === popup && body.attempt === attempt;
    const once = async (first) => {
      let answer = null;
      let failed = null;
      try {
        if (first || !document.hidden) answer = await fetch();
      } catch (error) {
        failed = error;
      }
      if (!current()) return;
      const over = failed?.status === 404;
      if (answer) replace(body, compose(answer));
      else if (failed && (first || over)) replace(body, [h("p", { class: "muted" }, over ? "This viewer has left." : failed.message)]);
      if (first) popup.update();
      if (every && !over) this.#timer = setTimeout(() => once(false), every);
    };
    await once(true);
  }

  #closed() {
    clearTimeout(this.#timer);
    this.#ground.clear();
    this.#popup = null;
    this.#body = null;
    if (this.#returnTo) (this.#returnTo.isConnected ? this.#returnTo : this.#map.getContainer()).focus({ preventScroll: true });
    this.#returnTo = null;
  }
}

// The popup may not open under the bar on top, nor under the panel beside it.
function clearance() {
  const bar = byId("bar").getBoundingClientRect();
  const map = byId("map").getBoundingClientRect();
  const panel = byId("panel");
  const beside = !panel.hidden && panel.offsetWidth < map.width / 2;
  const left = beside ? panel.getBoundingClientRect().right - map.left + 16 : 12;
  return { autoPanPaddingTopLeft: [left, bar.bottom - map.top + 16], autoPanPaddingBottomRight: map.width > 900 ? [60, 30] : [12, 12] };
}

// A keyboard's place in the popup survives its new contents.
function replace(body, children) {
  const focused = body.contains(document.activeElement);
  body.replaceChildren(...children);
  if (focused) body.focus();
}

// The marker's own ground, a hair wider: all its sessions, and nobody else's.
function around({ data, position }) {
  const [south, west, north, east] = data.bounds ?? [...position, ...position];
  const hair = 1e-5;
  return [west - hair, south - hair, east + hair, north + hair].map((degrees) => degrees.toFixed(6)).join(",");
}
