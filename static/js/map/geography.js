// The world's shapes: fetched once, cut into tiles as they are needed.

// The shapes are a globe's: a ring jumps from 180° to −180° where it crosses the antimeridian. On a flat map it goes on
// beyond 180° instead, and the slicer brings what lies outside round to the other side.
function unwrapped(line) {
  let turn = 0;
  return line.map(([longitude, latitude], index) => {
    const step = index ? longitude - line[index - 1][0] : 0;
    if (step > 180) turn -= 360;
    else if (step < -180) turn += 360;
    return [longitude + turn, latitude];
  });
}

// A ring around a pole ends one turn away from where it began: it is closed along the map's edge.
function flatRing(ring) {
  const line = unwrapped(ring);
  const [first, last] = [line[0], line.at(-1)];
  if (Math.abs(first[0] - last[0]) < 180) return line;
  const pole = first[1] < 0 ? -90 : 90;
  return [...line, [last[0], pole], [first[0], pole], first];
}

function flat({ type, coordinates }) {
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  return { type: "MultiPolygon", coordinates: polygons.map((polygon) => polygon.map(flatRing)) };
}

const flatLines = ({ coordinates }) => ({ type: "MultiLineString", coordinates: coordinates.map(unwrapped) });

const sliced = (geometry) => new GeoJSONVT({ type: "Feature", properties: {}, geometry }, { maxZoom: 18, indexMaxZoom: 4, buffer: 96 });

export async function loadGeography(url) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`The basemap could not be loaded (${answer.status}).`);
  const world = await answer.json();
  const { countries } = world.objects;
  return {
    land: sliced(flat(topojson.merge(world, countries.geometries))),
    coast: sliced(flatLines(topojson.mesh(world, countries, (a, b) => a === b))),
    borders: sliced(flatLines(topojson.mesh(world, countries, (a, b) => a !== b))),
    countries: topojson.feature(world, countries).features.map(({ id, geometry, properties }) => ({ code: id, name: properties.name, geometry: flat(geometry) })),
  };
}
