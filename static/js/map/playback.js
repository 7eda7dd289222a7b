// A moment that moves through a window of the past, at some multiple of real time.

const TICK = 100; // ms
const LONGEST_TICK = 1_000; // a page that slept does not leap

export class Playback {
  #at;
  #timer = null;
  #last = 0;
  #onMove;
  #ready;
  speed = 60;

  // ready(): whether what the moment shows has come; until then it waits. onMove(): the moment or its playing changed.
  constructor({ start, end, step }, at, { ready, onMove }) {
    Object.assign(this, { start, end, step });
    this.#ready = ready;
    this.#onMove = onMove;
    this.#at = this.#clamped(at);
  }

  get at() { return this.#at; }
  get playing() { return this.#timer !== null; }

  // The frame that shows the moment: frames stand at whole steps.
  get frame() { return this.frameAfter(0); }
  frameAfter(steps) {
    const frame = Math.floor(this.#at / this.step) * this.step + steps * this.step;
    return Math.max(Math.ceil(this.start / this.step) * this.step, Math.min(Math.floor(this.end / this.step) * this.step, frame));
  }

  seek(at) {
    this.#at = this.#clamped(at);
    this.#onMove();
  }

  play() {
    if (this.playing) return;
    if (this.#at >= this.end) this.#at = this.start;
    this.#last = performance.now();
    this.#timer = setInterval(() => this.#tick(), TICK);
    this.#onMove();
  }

  pause() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#onMove();
  }

  #tick() {
    const now = performance.now();
    const passed = Math.min(LONGEST_TICK, now - this.#last);
    this.#last = now;
    if (!this.#ready()) return;
    this.#at = this.#clamped(this.#at + passed * this.speed);
    if (this.#at >= this.end) this.pause();
    else this.#onMove();
  }

  #clamped(at) { return Math.max(this.start, Math.min(this.end, at)); }
}
