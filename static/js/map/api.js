// The dashboard's own API, spoken with the session cookie.

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

async function getJson(address) {
  const answer = await fetch(address, {
    credentials: "same-origin",
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw await failure(answer);
  return answer.json();
}

// What the filters chose, as every request says it.
function query(filters, more) {
  const parameters = new URLSearchParams();
  if (filters.app) parameters.set("app", filters.app);
  if (filters.stream) parameters.set("streamKey", filters.stream);
  for (const [name, value] of Object.entries(more)) parameters.set(name, String(value));
  return parameters;
}

export function createApi(endpoints, filters) {
  return {
    // Clusters even of few: people of one town share one position, and dots on one spot could not be told apart.
    markersAddress: (bbox, zoom) => `${endpoints.geolocation}?${query(filters, { bbox, zoom, aggregation: "cluster" })}`,
    streams: () => getJson(`${endpoints.streams}?${query({ app: filters.app }, {})}`),
    sessions: (bbox, page) => getJson(`${endpoints.viewers}?${query(filters, { bbox, page, rowsPerPage: 8 })}`),
    session: (id) => getJson(`${endpoints.viewers}/${encodeURIComponent(id)}`),
    async sessionOf({ connectionId, streamKey }) {
      const direct = await this.session(connectionId);
      if (direct.data.streamKey === streamKey) return direct;
      // The same connection watches another stream too: the list tells them apart.
      const found = await getJson(`${endpoints.viewers}?${query({ app: filters.app, stream: streamKey }, { search: connectionId, page: 1, rowsPerPage: 50 })}`);
      const row = found.data.list.find((session) => session.connectionId === connectionId);
      if (!row) throw new ApiError(404, "This viewer has left.");
      return this.session(row.id);
    },
  };
}
