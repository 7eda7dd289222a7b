// One livestream's page.

import { readJson } from "../map/dom.js";
import { Block } from "./block.js";
import { ROWS, showSessions } from "./listing.js";
import { Picker } from "./picker.js";
import { Report } from "./report.js";
import { keepRange } from "./up.js";
import { Windowed } from "./windowed.js";

const page = readJson("page");
const { id, app, streamKey } = page.livestream;
const report = new Report(page, { fixed: { app, stream: streamKey, sort: "", search: "" }, paint });
const picker = new Picker((changes) => report.choose(changes));
const windowed = new Windowed(page, report, { withCount: false });
const sessions = new Block("sessions", {
  path: `${page.api}/livestreams/${id}/sessions`,
  // The path names the livestream.
  asked: ({ asked, state }) => ({ ...asked, app: "", streamKey: "", page: state.page, rowsPerPage: ROWS }),
  empty: (data) => (data.list.length ? "" : "No broadcast in this range."),
  show: (data, view) => showSessions(data, view, (changes) => sessions.load(report.turn(changes))),
});
report.refresh();

function paint(view) {
  picker.show(view.state, view.window);
  keepRange(view.state, app);
  windowed.load(view);
  sessions.load(view);
}
