// One viewer, as a popup shows it.

import { bitrate, bytes, country, duration, moment, place } from "./format.js";
import { describe, level } from "./health.js";
import { h } from "./dom.js";
import { nameOf } from "./words.js";

export const healthMark = (score) => h("span", { class: `health-mark ${level(score).name}`, "aria-hidden": "true" });

function placeWords({ latitude, longitude, city, countryCode, countryOnly, accuracyKm }) {
  if (countryOnly) return `Somewhere in ${country(countryCode) || "one country"}: no more is known`;
  const named = place(city, countryCode);
  const within = accuracyKm ? `within ${accuracyKm} km of ` : "";
  if (!named) return latitude === undefined ? "" : `${within}${latitude.toFixed(4)}, ${longitude.toFixed(4)}`;
  return accuracyKm ? `${named}, within ${accuracyKm} km` : named;
}

function healthWords({ healthScore, worstHealthScore }) {
  const worst = worstHealthScore && healthScore && worstHealthScore < healthScore ? `; worst ${worstHealthScore}` : "";
  return h("span", {}, healthMark(healthScore), describe(healthScore) + worst);
}

function rows(session, now) {
  const { connectionData = {}, healthData = {} } = session;
  return [
    ["Place", placeWords(session.place ?? {})],
    ["Watching", session.startTime && `since ${moment(session.startTime, now)} (${duration(session.duration ?? now - session.startTime)})`],
    ["Bandwidth", connectionData.outBandwidth ? bitrate(connectionData.outBandwidth) : ""],
    ["Received", connectionData.outTotalBytes ? bytes(connectionData.outTotalBytes) : ""],
    ["Health", healthWords(healthData)],
    ["Player", [session.player, session.protocol && nameOf("protocol", session.protocol)].filter(Boolean).join(", ")],
    ["Client", session.userAgent],
    ["Source", session.source],
    ["Address", connectionData.remoteAddress],
    ["Connection", h("code", {}, session.connectionId)],
  ].filter(([, value]) => value);
}

// adminUrl(id): where staff find more, null for everybody else.
export function sessionDetails(session, now, adminUrl = () => null) {
  const address = adminUrl(session.id);
  return [
    h("h3", {}, session.streamKey),
    h("dl", { class: "facts" }, ...rows(session, now).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    address && h("p", {}, h("a", { href: address }, "Open in the admin")),
  ].filter(Boolean);
}
