// What all plots share: their size follows the page, their colours the theme, and a box follows the pointer.

import { h } from "../map/dom.js";
import { compact } from "./format.js";
import { colours } from "./colours.js";

const WHOLE_STEPS = [1, 2, 5].flatMap((n) => Array.from({ length: 16 }, (_, zeros) => n * 10 ** zeros)).sort((a, b) => a - b);
const MARK_WIDTH = 72; // px that a label on the axis of time needs

export class Plot {
  #holder;
  #draw = null;
  #plot = null;

  constructor(holder) {
    this.#holder = holder;
    new ResizeObserver(() => this.#resize()).observe(holder);
    document.addEventListener("themechange", () => this.#redraw());
  }

  // draw(palette): {options, data} for uPlot. Drawn anew whenever the theme changes.
  show(draw) {
    this.#draw = draw;
    this.#redraw();
  }

  #redraw() {
    if (!this.#draw) return;
    const [text, muted, line, accent, surface] = colours("text", "muted", "line", "accent", "surface");
    const { options, data } = this.#draw({ text, muted, line, accent, surface, font: fontOf(this.#holder) });
    this.#plot?.destroy();
    this.#holder.replaceChildren();
    this.#plot = new uPlot({ legend: { show: false }, ...this.#size(), ...options }, data, this.#holder);
  }

  #resize() {
    const size = this.#size();
    if (this.#plot && (size.width !== this.#plot.width || size.height !== this.#plot.height)) this.#plot.setSize(size);
  }

  #size() {
    return { width: Math.max(120, this.#holder.clientWidth), height: Math.max(80, this.#holder.clientHeight) };
  }
}

const fontOf = (element) => `12px ${getComputedStyle(element).fontFamily}`;

export const fitting = (plot) => Math.max(2, Math.floor(plot.width / MARK_WIDTH));

export function axes({ muted, line, font }, along, up = {}) {
  const quiet = { stroke: muted, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return [
    { ...quiet, grid: { show: false }, ticks: { show: true, stroke: line, width: 1, size: 4 }, gap: 4, size: 28, ...along },
    { ...quiet, gap: 6, incrs: WHOLE_STEPS, size: widthOf(font), values: (_, splits) => splits.map(compact), ...up },
  ];
}

// As wide as its longest label.
function widthOf(font) {
  return (plot, values) => {
    if (!values) return 40;
    plot.ctx.save();
    plot.ctx.font = font;
    const widest = Math.max(...values.map((value) => plot.ctx.measureText(value).width));
    plot.ctx.restore();
    return Math.ceil(widest) + 14;
  };
}

// A box beside the pointer: words(index) gives its lines, or nothing.
export function hoverBox(words) {
  const box = h("div", { class: "hover-box" });
  box.hidden = true;
  const follow = (plot) => {
    const { idx, left, top } = plot.cursor;
    const lines = idx === null || idx === undefined || left < 0 ? null : words(idx);
    box.hidden = !lines;
    if (!lines) return;
    box.replaceChildren(...lines.map((line, number) => h(number ? "span" : "strong", {}, line)));
    const over = plot.over.getBoundingClientRect();
    const right = left + box.offsetWidth + 16 < over.width;
    box.style.left = `${Math.max(0, right ? left + 12 : left - box.offsetWidth - 12)}px`;
    box.style.top = `${Math.max(0, Math.min(top - 8, over.height - box.offsetHeight))}px`;
  };
  return { hooks: { init: (plot) => plot.over.append(box), setCursor: follow } };
}
