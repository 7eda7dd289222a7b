// The page of all of an app, or of one livestream of it: what the modules are to each other.

import { byId, readJson, setText } from "../map/dom.js";
import { get } from "./api.js";
import { Block } from "./block.js";
import { Chooser } from "./chooser.js";
import { count } from "./format.js";
import { ROWS, showLivestreams, sorting } from "./listing.js";
import { Picker } from "./picker.js";
import { Report } from "./report.js";
import { Windowed } from "./windowed.js";

const page = readJson("page");
if (page.apps.length) start();

function start() {
  const report = new Report(page, { paint });
  const choose = (changes) => report.choose(changes);
  const picker = new Picker(choose);
  const windowed = new Windowed(page, report, { withCount: true });
  const path = `${page.api}/livestreams`;
  // All of them, whichever one the rest of the page is about.
  const chooser = new Chooser({ path, asked: () => ({ ...report.view.asked, streamKey: "" }), choose: (stream) => choose({ stream, search: "" }) });
  const livestreams = new Block("livestreams", {
    path,
    asked: ({ asked, state }) => {
      const { by, order } = sorting(state);
      return { ...asked, sort: by, order, page: state.page, rowsPerPage: ROWS, search: state.search };
    },
    empty: (data, { state }) => (data.list.length ? "" : noneOf(state)),
    show: (data, view) => showLivestreams(data, view, (changes) => livestreams.load(report.turn(changes))),
  });
  const apps = byId("app");
  apps?.addEventListener("change", () => choose({ app: apps.value, stream: "", search: "" }));
  const search = byId("livestreams-search");
  search.addEventListener("input", debounced(() => livestreams.load(report.turn({ search: search.value.trim(), page: 1 }))));
  report.refresh();

  function paint(view) {
    const app = page.apps.find(({ id }) => id === view.state.app);
    if (!app) {
      report.settle({ app: (page.apps.find(({ heard }) => heard) ?? page.apps[0]).id });
      report.refresh();
      return;
    }
    if (apps) apps.value = app.id;
    if (search.value.trim() !== view.state.search) search.value = view.state.search;
    picker.show(view.state, view.window);
    chooser.show(view.state.stream);
    byId("unheard").hidden = app.heard;
    byId("report").hidden = !app.heard;
    if (!app.heard) return;
    windowed.load(view);
    livestreams.load(view);
    sayOnAir(view);
  }
}

const noneOf = ({ search }) => (search ? "No livestream of this range is called so." : "No livestream in this range.");

function debounced(act) {
  let timer = null;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, 250);
  };
}

async function sayOnAir({ state }) {
  const place = byId("on-air");
  try {
    const { data } = await get(`${page.api}/live`, { app: state.app }, AbortSignal.timeout(10_000));
    place.hidden = false;
    place.dataset.tone = data.livestreams ? "live" : "";
    setText(place, data.livestreams ? `${count(data.livestreams)} on the air now` : "Nothing on the air now");
  } catch {
    place.hidden = true; // the page's other parts say what is wrong
  }
}
