// The share of viewings that still went on so many minutes after they began.

import { byId, setText } from "../map/dom.js";
import { count } from "./format.js";
import { axes, hoverBox, Plot } from "./plot.js";
import { fill } from "./table.js";

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400];

const percent = (share) => `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;

export class Retention {
  #plot = new Plot(byId("retention-plot"));

  show({ viewings, points, rule }) {
    setText(byId("retention-said"), `${count(viewings)} ${viewings === 1 ? "viewing" : "viewings"}${middle(points)}`);
    setText(byId("retention-rule"), rule);
    this.#plot.show((palette) => this.#drawn(palette, points));
    fill(byId("retention-table"), {
      columns: [{ name: "Minutes" }, { name: "Still watching", number: true }],
      rows: points.map(([minutes, share]) => [count(minutes), percent(share)]),
    });
  }

  #drawn(palette, points) {
    const last = Math.max(1, points.at(-1)[0]);
    return {
      data: [points.map(([minutes]) => minutes), points.map(([, share]) => share * 100)],
      options: {
        scales: { x: { time: false, range: () => [0, last] }, y: { range: () => [0, 104] } },
        series: [{}, { stroke: palette.accent, width: 1.75, fill: `color-mix(in srgb, ${palette.accent} 14%, transparent)`, points: { show: points.length < 3 } }],
        axes: axes(palette, { incrs: STEPS, values: (_, splits) => splits.map((minutes) => `${count(minutes)} min`), space: 70 }, {
          splits: () => [0, 25, 50, 75, 100],
          values: (_, splits) => splits.map((share) => `${share} %`),
        }),
        cursor: { y: false, points: { size: 8 }, drag: { x: false, y: false } },
        plugins: [hoverBox((index) => [percent(points[index][1]), `after ${count(points[index][0])} min`])],
      },
    };
  }
}

// When half of them were gone.
function middle(points) {
  const gone = points.find(([, share]) => share < 0.5);
  return gone ? `, half of them over within ${count(gone[0])} min` : "";
}
