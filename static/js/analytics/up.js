// The way back up keeps the range and the zone that one came with.

import { withQuery } from "./address.js";

export function keepRange({ range, start, end, zone }, app) {
  for (const link of document.querySelectorAll("[data-up]")) {
    const path = new URL(link.href).pathname;
    link.href = withQuery(path, { range, start, end, zone, app: link.dataset.up === "overview" ? app : "" });
  }
}
