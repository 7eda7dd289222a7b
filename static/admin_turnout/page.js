// What only the reader's browser knows: countries' names, and the reader's own time of day.

const regions = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });
for (const element of document.querySelectorAll("data.country")) {
  const code = element.value;
  if (!/^[A-Z]{2}$/.test(code)) continue;
  // A list's columns are narrow: there the name is a tooltip.
  if (element.closest("#result_list")) element.title = regions.of(code);
  else element.textContent = `${regions.of(code)} (${code})`;
}

const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
for (const element of document.querySelectorAll("time[datetime]")) {
  const at = new Date(element.dateTime);
  if (!Number.isNaN(at.valueOf())) element.title = `Your time: ${local.format(at)}`;
}

// Ten filters, all open, push the list off a phone's screen.
if (window.matchMedia("(max-width: 767px)").matches) {
  for (const filter of document.querySelectorAll("#changelist-filter details[open]")) {
    if (!filter.querySelector("li.selected:not(:first-child)")) filter.open = false;
  }
}

// One box for all boxes of a page. Without this script each is chosen by itself.
const all = document.getElementById("choose-all");
if (all) {
  const boxes = [...document.querySelectorAll("input.choice")];
  all.closest("label").hidden = false;
  all.addEventListener("change", () => boxes.forEach((box) => { box.checked = all.checked; }));
  document.addEventListener("change", ({ target }) => {
    if (!boxes.includes(target)) return;
    const chosen = boxes.filter((box) => box.checked).length;
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  });
}
