// Typing finds a stream: at once among those at hand, and soon among all that are watched.

const SETTLE = 250; // ms after the last key

export class StreamSearch {
  #input;
  #timer = null;

  // onType(): show what fits of what is at hand. onSettle(): ask the server. onTake(): Enter.
  constructor(input, { onType, onSettle, onTake }) {
    this.#input = input;
    input.addEventListener("input", () => {
      onType();
      clearTimeout(this.#timer);
      this.#timer = setTimeout(onSettle, SETTLE);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      onTake();
    });
  }

  get text() { return this.#input.value.trim(); }

  clear() {
    clearTimeout(this.#timer);
    this.#input.value = "";
  }

  found(streams) {
    const wanted = this.text.toLowerCase();
    return wanted ? streams.filter(({ value }) => value.toLowerCase().includes(wanted)) : streams;
  }
}
