// Tables from rows of cells. A cell is a string, which becomes text, or an element.

import { h } from "../map/dom.js";

// columns: [{name, number?, sort?}]. sorted: {by, order}. onSort(by): a head was pressed.
export function fill(holder, { columns, rows, sorted = {}, onSort = null }) {
  const heads = columns.map((column) => head(column, sorted, onSort));
  const body = rows.map((cells) => h("tr", {}, ...cells.map((cell, index) => dataCell(cell, columns[index], index))));
  const focused = holder.querySelector("th button:focus")?.dataset.by;
  holder.replaceChildren(h("table", { class: "table" }, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...body)));
  // Who sorts from the keyboard stays where they are.
  if (focused) holder.querySelector(`th button[data-by="${focused}"]`)?.focus();
}

function head({ name, number, sort }, { by, order }, onSort) {
  const attributes = { scope: "col", class: number ? "number" : null };
  if (!sort || !onSort) return h("th", attributes, name);
  const here = by === sort;
  const button = h("button", { type: "button", onclick: () => onSort(sort) }, name, h("span", { class: "sort-sign", "aria-hidden": "true" }, here ? (order === "asc" ? "▲" : "▼") : ""));
  button.dataset.by = sort;
  return h("th", { ...attributes, "aria-sort": here ? `${order}ending` : null }, button);
}

function dataCell(cell, { number }, index) {
  if (index === 0) return h("th", { scope: "row" }, cell);
  return h("td", { class: number ? "number" : null }, cell);
}

// {currentPage, itemsPerPage, totalItems, hasPrevious, hasNext}; go(page).
export function fillPager(holder, paging, go) {
  const { currentPage, itemsPerPage, totalItems, hasPrevious, hasNext } = paging;
  holder.hidden = !hasPrevious && !hasNext;
  const first = (currentPage - 1) * itemsPerPage + 1;
  const numbers = new Intl.NumberFormat("en");
  const said = `${numbers.format(first)}–${numbers.format(Math.min(totalItems, first + itemsPerPage - 1))} of ${numbers.format(totalItems)}`;
  const focused = holder.querySelector("button:focus")?.dataset.go;
  holder.replaceChildren(step("Previous", "previous", hasPrevious, () => go(currentPage - 1)), h("span", { role: "status" }, said), step("Next", "next", hasNext, () => go(currentPage + 1)));
  if (focused) (holder.querySelector(`button[data-go="${focused}"]:enabled`) ?? holder.querySelector("button:enabled"))?.focus();
}

function step(name, which, possible, onclick) {
  const button = h("button", { type: "button", class: "button quiet small", disabled: !possible, onclick }, name);
  button.dataset.go = which;
  return button;
}
