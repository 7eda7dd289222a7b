// What a click on a marker tells. A popup belongs to its place, not to a marker, so refreshes leave it alone.

import { byId, h } from "./dom.js";
import { sessionDetails } from "./session-details.js";
import { sessionList } from "./session-list.js";

const REFRESH = 5_000;

export class Popups {
  #map;
  #api;
  #popup = null;
  #body = null;
  #timer = null;
  #returnTo = null;

  constructor(map, api) {
    this.#map = map;
    this.#api = api;
    map.on("popupclose", ({ popup }) => popup === this.#popup && this.#closed());
    // Leaflet hears Escape only while the map has the focus; here it may be in the popup, or nowhere.
    document.addEventListener("keydown", ({ key }) => key === "Escape" && map.closePopup());
  }

  showViewer(marker, at, from) {
    this.#open(at, from);
    this.#render(() => this.#api.sessionOf(marker.data), ({ data, meta }) => sessionDetails(data, meta.generatedAt), REFRESH);
  }

  showList(marker, at, from) {
    this.#open(at, from);
    this.#page(marker, 1);
  }

  #page(marker, page) {
    this.#render(
      () => this.#api.sessions(around(marker), page),
      ({ data, meta }) => sessionList(data, meta.generatedAt, {
        turn: (to) => this.#page(marker, to),
        choose: (id) => this.#one(marker, page, id),
      }),
    );
  }

  #one(marker, page, id) {
    const back = h("button", { type: "button", class: "button quiet small", onclick: () => this.#page(marker, page) }, "Back to the list");
    this.#render(() => this.#api.session(id), ({ data, meta }) => [...sessionDetails(data, meta.generatedAt), back], REFRESH);
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
    const once = async (first) => {
      let children;
      let over = false;
      try {
        children = document.hidden && !first ? null : compose(await fetch());
      } catch (error) {
        over = error.status === 404;
        children = first || over ? [h("p", { class: "muted" }, over ? "This viewer has left." : error.message)] : null;
      }
      if (this.#popup !== popup || body.attempt !== attempt) return;
      if (children) replace(body, children);
      if (first) popup.update();
      if (every && !over) this.#timer = setTimeout(() => once(false), every);
    };
    await once(true);
  }

  #closed() {
    clearTimeout(this.#timer);
    this.#popup = null;
    this.#body = null;
    if (this.#returnTo?.isConnected) this.#returnTo.focus({ preventScroll: true });
    this.#returnTo = null;
  }
}

// The popup may not open under the figures' panel: that stands on the left, or on a phone on top.
function clearance() {
  const panel = byId("totals");
  const beside = panel.offsetWidth < window.innerWidth / 2;
  const corner = beside ? [panel.offsetLeft + panel.offsetWidth + 16, 16] : [12, panel.offsetTop + panel.offsetHeight + 12];
  return { autoPanPaddingTopLeft: corner, autoPanPaddingBottomRight: beside ? [60, 30] : [12, 12] };
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
