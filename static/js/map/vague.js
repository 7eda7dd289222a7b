// Positions that stand for a whole country, as far as they have been looked at: their marks look different.

const countries = new Set();
const nameOf = (latitude, longitude) => `${latitude.toFixed(4)},${longitude.toFixed(4)}`;

export const standsForCountry = ([latitude, longitude]) => countries.has(nameOf(latitude, longitude));

// Whether that is news.
export function learn({ latitude, longitude }) {
  const before = countries.size;
  return countries.add(nameOf(latitude, longitude)).size > before;
}
