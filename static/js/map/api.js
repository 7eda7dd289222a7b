// The dashboard's own API, spoken with the session cookie.

import { FILTERS } from "./choice.js";

const ROWS = 8; // of a list in a popup

export class ApiError extends Error {
  constructor(status, message, retryAfter = 0) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter; // ms
  }
}

export async function failure(answer) {
  let message = `The server answered ${answer.status}.`;
  try {
    message = (await answer.json()).message ?? message;
  } catch {
    // not JSON: a proxy's own page
  }
  return new ApiError(answer.status, message, 1000 * (Number(answer.headers.get("Retry-After")) || 0));
}

export async function getJson(address, signal = AbortSignal.timeout(10_000)) {
  const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" }, signal });
  if (!answer.ok) throw await failure(answer);
  return answer.json();
}

// What was chosen, as every request says it.
function query(values, names, more = {}) {
  const parameters = new URLSearchParams();
  for (const name of names) if (values[name]) parameters.set(name, values[name]);
  for (const [name, value] of Object.entries(more)) if (value !== "") parameters.set(name, String(value));
  return parameters;
}

const ALL = ["app", ...FILTERS];

export function createApi(endpoints, choice) {
  return {
    // Clusters even of few: people of one town share one position, and dots on one spot could not be told apart.
    markersAddress: (bbox, zoom) => `${endpoints.geolocation}?${query(choice.values, ALL, { bbox, zoom, aggregation: "cluster" })}`,
    summaryAddress: (search) => `${endpoints.summary}?${query(choice.values, ALL, { search })}`,
    liveAddress: () => `${endpoints.live}?${query(choice.values, ["app"])}`,
    curveAddress: (start, points) => `${endpoints.concurrency}?${query(choice.values, ["app", "streamKey"], { start, points })}`,
    sessions: (bbox, page, { sort, order }) => getJson(`${endpoints.viewers}?${query(choice.values, ALL, { bbox, page, rowsPerPage: ROWS, sort, order })}`),
    session: (id) => getJson(`${endpoints.viewers}/${encodeURIComponent(id)}`),
    async sessionOf({ connectionId, streamKey }) {
      const direct = await this.session(connectionId);
      if (direct.data.streamKey === streamKey) return direct;
      // The same connection watches another stream too: the list tells them apart.
      const asked = query({ app: choice.app, streamKey }, ["app", "streamKey"], { search: connectionId, page: 1, rowsPerPage: 50 });
      const found = await getJson(`${endpoints.viewers}?${asked}`);
      const row = found.data.list.find((session) => session.connectionId === connectionId);
      if (!row) throw new ApiError(404, "This viewer has left.");
      return this.session(row.id);
    },
    // Streams are not told apart in the past: replay shows them all.
    replayAddress: (at, bbox, zoom) => `${endpoints.replay}?${query(choice.values, ["app"], { at, bbox, zoom })}`,
    replayRangeAddress: (window) => `${endpoints.replayRange}?${query(choice.values, ["app"], window)}`,
  };
}
