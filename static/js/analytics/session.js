// One broadcast's page.

import { byId, readJson, setText } from "../map/dom.js";
import { Block } from "./block.js";
import { Curve } from "./curve.js";
import { between, time } from "./format.js";
import { replayAddress, Report } from "./report.js";
import { Retention } from "./retention.js";
import { topList } from "./toplist.js";
import { showFigures, showProvisional } from "./totals.js";
import { keepRange } from "./up.js";
import { ZonePicker } from "./zonepicker.js";

const page = readJson("page");
const { app, streamKey } = page.livestream;
const path = `${page.api}/sessions/${page.session.id}`;
const report = new Report(page, { paint });
const zones = new ZonePicker((zone) => report.choose({ zone }));
const curve = new Curve();
const retention = new Retention();
const nothing = () => ({});

const blocks = [
  new Block("totals", { path, asked: nothing, show: showSession }),
  new Block("curve", {
    path: `${path}/concurrency`,
    asked: () => ({ points: 500 }),
    empty: (data) => (data.points.some(([, viewers]) => viewers) || data.peak?.viewers ? "" : "Nobody watched."),
    show: (data, { zone }) => { curve.show(data, zone); showProvisional(data.provisionalSince, data, zone); },
  }),
  new Block("retention", {
    path: `${path}/retention`,
    asked: nothing,
    empty: ({ viewings, points }) => (viewings && points.length ? "" : "Nobody began to watch during it, as far as single viewings are kept."),
    show: (data) => retention.show(data),
  }),
  ...["country", "player", "protocol"].map((by) => topList(by, `${page.api}/top`, () => ({ app, session: page.session.id }))),
];
report.refresh();

function paint(view) {
  zones.show(view.zone);
  keepRange(view.state, app);
  for (const block of blocks) block.load(view);
}

function showSession(found, { zone }) {
  const end = found.end ?? page.now;
  setText(byId("session-dates"), found.end === null ? `since ${time(found.start, zone, "moment")}` : between(found.start, found.end, zone));
  byId("session-state").hidden = found.end !== null;
  byId("session-state").dataset.tone = "live";
  setText(byId("session-state"), "On the air now");
  byId("inferred").hidden = !found.inferred;
  byId("replay").href = replayAddress(page.map, { app, stream: streamKey }, { start: found.start, end });
  showFigures(found, zone);
}
