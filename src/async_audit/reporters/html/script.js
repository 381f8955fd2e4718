"use strict";
// Filters and sorts the table of entry points. The page can be read without it.
(() => {
  const form = document.getElementById("filter");
  const table = document.getElementById("views");
  const count = document.getElementById("count");

  function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const block = target && target.closest("details.entry");
    if (!block) return;
    block.open = true;
    block.hidden = false;
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  }
  addEventListener("hashchange", openTarget);
  openTarget();

  if (!form || !table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const blocks = new Map();
  for (const block of document.querySelectorAll("details.entry")) blocks.set(block.dataset.view, block);
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  function filter() {
    const wanted = new FormData(form);
    const words = String(wanted.get("text") || "").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const matches =
        words.every((word) => texts.get(row).includes(word)) &&
        ["verdict", "kind", "way"].every((key) => !wanted.get(key) || row.dataset[key] === wanted.get(key));
      row.hidden = !matches;
      blocks.get(row.dataset.view).hidden = !matches;
      shown += matches ? 1 : 0;
    }
    count.textContent = `${shown} of ${rows.length} entry points shown.`;
  }

  function order(cell) {
    return cell.dataset.order === undefined ? cell.textContent.toLowerCase() : Number(cell.dataset.order);
  }

  function compare(left, right) {
    if (typeof left === "number" && typeof right === "number") return left - right;
    return String(left).localeCompare(String(right));
  }

  function sort(column, heading, headings) {
    const descending = heading.getAttribute("aria-sort") === "ascending";
    for (const other of headings) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const sorted = rows
      .map((row) => [order(row.cells[column]), row])
      .sort((left, right) => (descending ? -1 : 1) * compare(left[0], right[0]));
    body.append(...sorted.map(([, row]) => row));
  }

  const headings = Array.from(table.tHead.rows[0].cells);
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    button.addEventListener("click", () => sort(column, heading, headings));
    heading.replaceChildren(button);
  });

  function setOpen(open) {
    for (const block of blocks.values()) if (!open || !block.hidden) block.open = open;
  }
  document.getElementById("open-all").addEventListener("click", () => setOpen(true));
  document.getElementById("close-all").addEventListener("click", () => setOpen(false));

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  form.hidden = false;
  filter();
})();
