// Where an open popup's viewer may be: a circle of the place's accuracy, or the outline of a country of which no more
// is known.

import { numericCode } from "./country-codes.js";

const WIDEST = 85; // degrees: Web Mercator ends here

export class Ground {
  #map;
  #countries = null;
  #drawn = null;
  #wanted = null;

  constructor(map) {
    this.#map = map;
  }

  // Shapes as the basemap has them: they come after the first markers.
  know(countries) {
    this.#countries = countries;
    if (this.#wanted) this.show(...this.#wanted);
  }

  // place: as the API tells it. at: the position on the copy of the world that was clicked.
  show(place, at) {
    this.clear();
    if (!place) return;
    this.#wanted = [place, at];
    const turn = Math.round((at.lng - place.longitude) / 360) * 360;
    const shape = place.countryOnly ? this.#outline(place, turn) : this.#circle(place, turn);
    this.#drawn = shape?.addTo(this.#map) ?? null;
  }

  clear() {
    this.#drawn?.remove();
    this.#drawn = this.#wanted = null;
  }

  #circle({ latitude, longitude, accuracyKm }, turn) {
    if (!accuracyKm || Math.abs(latitude) > WIDEST) return null;
    return L.circle([latitude, longitude + turn], { radius: accuracyKm * 1000, className: "accuracy", interactive: false });
  }

  #outline({ countryCode }, turn) {
    const code = numericCode(countryCode);
    const shapes = code ? (this.#countries ?? []).filter((country) => country.code === code) : [];
    if (shapes.length === 0) return null;
    const polygons = shapes.flatMap(({ geometry }) => geometry.coordinates);
    const rings = polygons.map((polygon) => polygon.map((ring) => ring.map(([longitude, latitude]) => [latitude, longitude + turn])));
    return L.polygon(rings, { className: "accuracy country", interactive: false, smoothFactor: 1.5 });
  }
}
