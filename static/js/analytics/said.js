// A word about what was just begun, that takes itself away.

import { byId, setText } from "../map/dom.js";

const SHOWN = 6_000;
let timer = null;

export function say(text) {
  setText(byId("said"), text);
  clearTimeout(timer);
  timer = setTimeout(() => setText(byId("said"), ""), SHOWN);
}

// The browser fetches files by itself, and its own list shows how far they are: the page only says that it began.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-export]");
  if (link) say(`The ${link.dataset.export.toUpperCase()} has begun. Your browser's downloads show how far it is.`);
});
