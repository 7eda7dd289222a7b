// Positions that stand for a whole country, as the summary names them: their marks look different.

let countries = new Set();
const nameOf = ([latitude, longitude]) => `${latitude.toFixed(4)},${longitude.toFixed(4)}`;

export const standsForCountry = (position) => countries.has(nameOf(position));

// From now on it is these. Whether that changes anything.
export function know(positions) {
  const before = countries;
  countries = new Set(positions.map(nameOf));
  return countries.size !== before.size || [...countries].some((name) => !before.has(name));
}
