// What filters and their values are called.

import { country } from "./format.js";
import { LEVELS } from "./health.js";

export const UNKNOWN = "unknown"; // the API's word for what is empty in an answer

const PROTOCOLS = { hls: "HLS", llhls: "LL-HLS", dash: "DASH", rtmp: "RTMP", rtmps: "RTMPS", srt: "SRT", webrtc: "WebRTC", whep: "WHEP", rtsp: "RTSP" };
const SPANS = { good: "80 and more", fair: "50 to 79", poor: "below 50" };

const NAMES = {
  streamKey: (value) => value,
  country: (value) => (value === UNKNOWN ? "Unknown country" : country(value) || value),
  protocol: (value) => (value === UNKNOWN ? "Unknown protocol" : (PROTOCOLS[value] ?? value)),
  player: (value) => (value === UNKNOWN ? "Unknown player" : value),
  health: (value) => {
    const label = LEVELS.find(({ name }) => name === value)?.label ?? value;
    return SPANS[value] ? `${label}, ${SPANS[value]}` : label;
  },
};

export const nameOf = (filter, value) => NAMES[filter](value);

export const KINDS = { streamKey: "Stream", country: "Country", protocol: "Protocol", player: "Player", health: "Health" };
