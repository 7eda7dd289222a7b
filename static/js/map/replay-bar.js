// The bar of the replay: the curve of the window, and on it the moment.

import { createCurve } from "./curve.js";
import { byId, h, setText } from "./dom.js";
import { dayAndTime, timeOfDay } from "./format.js";

const TICKS = 6;
const DAY = 86_400_000;

export class ReplayBar {
  #bar = byId("replay");
  #slider = byId("replay-at");
  #curve = createCurve({ "aria-hidden": "true" });
  #span = null;
  speed = 60;
  moment = null; // of the frame, in words

  constructor({ onSeek, onPlay, onSpeed, onClose }) {
    byId("timeline").prepend(this.#curve.element);
    this.#slider.addEventListener("input", () => onSeek(Number(this.#slider.value)));
    byId("replay-play").addEventListener("click", onPlay);
    byId("replay-close").addEventListener("click", onClose);
    for (const button of this.#bar.querySelectorAll("[data-speed]")) {
      button.addEventListener("click", () => {
        this.speed = Number(button.dataset.speed);
        this.#showSpeed();
        onSpeed(this.speed);
      });
    }
    this.#showSpeed();
  }

  open() {
    this.#bar.hidden = false;
    this.#slider.disabled = byId("replay-play").disabled = true;
    this.say("Loading…");
  }

  close() {
    this.#bar.hidden = true;
    this.moment = null;
  }

  show(span, step, curve) {
    this.#span = span;
    Object.assign(this.#slider, { min: span.start, max: span.end, step, disabled: false });
    byId("replay-play").disabled = false;
    this.#curve.show(curve.filter(([ms]) => ms >= span.start && ms <= span.end), span.start, span.end);
    byId("timeline-ticks").replaceChildren(...this.#ticks(span));
    this.say("");
    this.#slider.focus({ preventScroll: true });
  }

  // at: where the moment stands. frame: the time that the map shows.
  place(at, frame, playing) {
    const part = (at - this.#span.start) / (this.#span.end - this.#span.start);
    this.moment = dayAndTime(frame);
    if (document.activeElement !== this.#slider || Number(this.#slider.value) !== at) this.#slider.value = at;
    this.#slider.setAttribute("aria-valuetext", this.moment);
    byId("timeline").style.setProperty("--part", part.toFixed(4));
    setText(byId("replay-moment"), this.moment);
    const button = byId("replay-play");
    setText(button, playing ? "Pause" : "Play");
    button.dataset.playing = String(playing);
  }

  say(text) {
    setText(byId("replay-note"), text);
  }

  #showSpeed() {
    for (const button of this.#bar.querySelectorAll("[data-speed]")) button.ariaPressed = String(Number(button.dataset.speed) === this.speed);
  }

  #ticks({ start, end }) {
    const words = end - start > 2 * DAY ? dayAndTime : timeOfDay;
    return Array.from({ length: TICKS + 1 }, (_, index) => h("span", {}, words(start + ((end - start) * index) / TICKS)));
  }
}
