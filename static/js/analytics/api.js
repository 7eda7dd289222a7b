// The analytics API, spoken with the session cookie; and its addresses, for what is downloaded.

import { failure } from "../map/api.js";
import { iso } from "./address.js";

const PATIENCE = 30_000;

// What is asked about, as the API's parameters. What is null or empty is left out.
export function parameters(asked) {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) {
    if (value !== null && value !== undefined && value !== "") said.set(name, String(value));
  }
  return said;
}

export const about = ({ app, stream, zone }, { start, end }) => ({
  app,
  streamKey: stream,
  start: start === null ? null : iso(start),
  end: iso(end),
  timezone: zone,
});

export const address = (path, asked) => {
  const said = parameters(asked).toString();
  return said ? `${path}?${said}` : path;
};

export async function get(path, asked, signal) {
  const answer = await fetch(address(path, asked), {
    credentials: "same-origin",
    headers: { Accept: "application/json" },
    cache: "no-store",
    signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
  });
  if (!answer.ok) throw await failure(answer);
  return answer.json();
}
