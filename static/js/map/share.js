// The dialog of links that show the chosen stream's map to everybody. What it says comes from the server as a part of
// a page, which its template has escaped; forms in it are sent without leaving the map.

import { byId, h } from "./dom.js";

const title = () => h("h2", { id: "share-title" }, "Put this stream’s map on a page");

// choice: {values: {app, streamKey}, onChange(listener)}, what the page is about.
export function connectShare(choice) {
  const dialog = byId("share");
  const body = byId("share-body");
  const button = byId("share-open");
  const show = () => { button.hidden = !choice.values.streamKey; };

  async function load(address, options = {}) {
    const answer = await fetch(address, { credentials: "same-origin", signal: AbortSignal.timeout(10_000), ...options });
    // Sent on to the login, or refused for an old form: the whole page is as stale as this part of it.
    if (answer.redirected || answer.status === 403) return location.reload();
    if (!answer.ok && answer.status !== 409) throw new Error(`The server answered ${answer.status}.`);
    const part = new DOMParser().parseFromString(await answer.text(), "text/html");
    return put(...part.body.childNodes);
  }

  // A keyboard's place in the dialog survives its new contents.
  function put(...children) {
    const focused = body.contains(document.activeElement);
    body.replaceChildren(...children);
    if (focused) body.focus();
  }

  async function tell(loading) {
    try {
      await loading;
    } catch (error) {
      put(title(), h("p", { class: "notice error", role: "alert" }, error.message));
    }
  }

  function open() {
    const { app, streamKey } = choice.values;
    put(title(), h("p", { class: "muted" }, "Loading…"));
    dialog.showModal();
    tell(load(`${dialog.dataset.links}?${new URLSearchParams({ app: app ?? "", stream: streamKey })}`));
  }

  function send(event) {
    const form = event.target;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form));
    if (form.method === "get") tell(load(`${form.getAttribute("action")}?${fields}`));
    else tell(load(form.getAttribute("action"), { method: "POST", body: fields }));
  }

  button.addEventListener("click", open);
  body.addEventListener("submit", send);
  dialog.addEventListener("click", (event) => {
    // A click on the dialog itself is one beside its content.
    if (event.target === dialog || event.target.closest("[data-share-close]")) dialog.close();
  });
  choice.onChange(show);
  show();
}
