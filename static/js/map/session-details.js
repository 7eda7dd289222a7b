// One viewer, as a popup shows it.

import { bitrate, bytes, duration, moment, place } from "./format.js";
import { describe, level } from "./health.js";
import { h } from "./dom.js";

export const healthMark = (score) => h("span", { class: `health-mark ${level(score).name}`, "aria-hidden": "true" });

function rows(session, now) {
  const { connectionData = {}, healthData = {} } = session;
  const where = session.place ?? {};
  const accuracy = where.accuracyKm ? ` (within ${where.accuracyKm} km)` : "";
  const worst = healthData.worstHealthScore;
  const dropped = worst && healthData.healthScore && worst < healthData.healthScore ? `, worst ${worst}` : "";
  return [
    ["Place", place(where.city, where.countryCode) && place(where.city, where.countryCode) + accuracy],
    ["Watching", session.startTime && `since ${moment(session.startTime, now)} (${duration(session.duration ?? now - session.startTime)})`],
    ["Bandwidth", connectionData.outBandwidth ? bitrate(connectionData.outBandwidth) : ""],
    ["Received", connectionData.outTotalBytes ? bytes(connectionData.outTotalBytes) : ""],
    ["Health", h("span", {}, healthMark(healthData.healthScore), describe(healthData.healthScore) + dropped)],
    ["Player", [session.player, session.protocol].filter(Boolean).join(", ")],
    ["Client", session.userAgent],
    ["Address", connectionData.remoteAddress],
    ["Connection", h("code", {}, session.connectionId)],
  ].filter(([, value]) => value);
}

export function sessionDetails(session, now) {
  return [
    h("h3", {}, session.streamKey),
    h("dl", { class: "facts" }, ...rows(session, now).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
  ];
}
