"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const table = byId("matrix");
  const panel = byId("panel");

  const plural = (number, one) => `${number} ${one}${number === 1 ? "" : "s"}`;

  // --- evidence: gzip and base64 in the page, unpacked when it is asked for -------------------------------------------

  async function unpack(id) {
    const bytes = Uint8Array.from(atob(byId(id).textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  // --- the panel: made and escaped by the template of a cell, so that only its buttons are left to do -------------------

  const evidence = byId("evidence");

  async function copy(button) {
    const from = button.closest(".exchange").querySelector(".curl");
    try {
      await navigator.clipboard.writeText(from.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(from);
      button.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2500);
  }

  function reveal(exchange) {
    const details = [...evidence.querySelectorAll("details.exchange")].find((it) => it.dataset.exchange === exchange);
    if (!details) return;
    details.open = true;
    details.scrollIntoView({ block: "start" });
    details.querySelector("summary").focus({ preventScroll: true });
  }

  panel.addEventListener("click", ({ target }) => {
    if (target.matches(".close")) close();
    else if (target.matches(".copy")) copy(target);
    else if (target.matches("button[data-exchange]")) reveal(target.dataset.exchange);
  });

  // --- which cell is open: the address says ---------------------------------------------------------------------------

  function plain(hash) {
    try { return decodeURIComponent(hash); } catch { return hash; }
  }

  const cells = new Map([...table.querySelectorAll("a.halves")].map((a) => [plain(a.getAttribute("href")), a]));
  let opened = null;

  async function route() {
    const wanted = plain(location.hash);
    const cell = cells.get(wanted);
    if (opened) opened.removeAttribute("aria-current");
    if (!wanted.includes("/")) return hide();
    let shown = "<h2>No evidence to show</h2><p>This run has no such cell.</p>";
    try {
      if (cell) shown = (await unpack(cell.dataset.evidence))[cell.getAttribute("href")];
    } catch {
      shown = "<h2>No evidence to show</h2><p>This browser cannot unpack it.</p>";
    }
    if (plain(location.hash) !== wanted) return; // another cell was opened while this one was unpacked
    opened = cell || null;
    evidence.innerHTML = shown;
    panel.setAttribute("aria-label", evidence.querySelector("h2").textContent);
    panel.hidden = false;
    panel.scrollTop = 0;
    document.body.classList.add("with-panel");
    if (cell) {
      cell.setAttribute("aria-current", "true");
      cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    panel.focus({ preventScroll: true });
  }

  function hide() {
    panel.hidden = true;
    evidence.replaceChildren();
    document.body.classList.remove("with-panel");
  }

  function close() {
    const cell = opened;
    history.replaceState(null, "", "#"); // unlike setting location.hash, this does not scroll to the top
    route();
    if (cell) cell.focus();
  }

  // --- moving about with the keyboard ---------------------------------------------------------------------------------

  function neighbour(cell, key) {
    const td = cell.closest("td");
    const rows = [...table.querySelectorAll("tr.row")].filter((row) => !row.hidden);
    const at = rows.indexOf(td.parentNode);
    if (key === "ArrowUp" || key === "ArrowDown") {
      const row = rows[at + (key === "ArrowDown" ? 1 : -1)];
      return row && row.cells[td.cellIndex].querySelector("a");
    }
    const step = key === "ArrowRight" ? "nextElementSibling" : "previousElementSibling";
    let next = td[step];
    while (next && next.hidden) next = next[step];
    return next && next.querySelector("a");
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && !panel.hidden) return close();
    const cell = event.target.closest && event.target.closest("a.halves");
    if (cell && event.key.startsWith("Arrow")) {
      const next = neighbour(cell, event.key);
      event.preventDefault();
      if (next) next.focus();
    } else if (event.key === "/" && !event.target.matches("input, select")) {
      event.preventDefault();
      byId("search").focus();
    }
  });

  // --- filters --------------------------------------------------------------------------------------------------------

  const form = byId("filters");
  const rows = [...table.querySelectorAll("tr.row")].map((row) => ({
    row,
    area: row.parentNode.dataset.area,
    text: row.cells[0].textContent.toLowerCase(),
    squares: [...row.cells].slice(1).map((td) => [...td.querySelectorAll(".half")].map((half) => half.dataset)),
  }));

  const ticked = (selector) => [...form.querySelectorAll(`${selector} input:checked`)].map((box) => box.value);

  function matches(entry, wanted) {
    const squares = entry.squares
      .filter((_, index) => wanted.columns.has(String(index + 1)))
      .map((halves) => halves.filter((half) => !wanted.question || half.q === wanted.question));
    if (wanted.area && entry.area !== wanted.area) return false;
    if (!wanted.words.every((word) => entry.text.includes(word))) return false;
    if (wanted.states.size && !squares.flat().some((half) => wanted.states.has(half.s))) return false;
    return !wanted.differ || ["drop-in", "as-documented"].some((question) =>
      new Set(squares.flat().filter((half) => half.q === question).map((half) => half.s)).size > 1);
  }

  function filter() {
    const wanted = {
      words: byId("search").value.toLowerCase().split(/\s+/).filter(Boolean),
      area: byId("area").value,
      question: byId("question").value,
      states: new Set(ticked("#states")),
      columns: new Set(ticked(".columns")),
      differ: byId("differ").checked,
    };
    let shown = 0;
    for (const entry of rows) {
      entry.row.hidden = !matches(entry, wanted);
      shown += entry.row.hidden ? 0 : 1;
    }
    for (const body of table.tBodies) body.hidden = !body.querySelector("tr.row:not([hidden])");
    for (const row of table.rows) {
      for (const td of [...row.cells].slice(1)) td.hidden = !wanted.columns.has(String(td.cellIndex));
    }
    table.dataset.question = wanted.question;
    byId("nothing").hidden = shown > 0;
    byId("shown").textContent = `${shown} of ${plural(rows.length, "scenario")}`;
  }

  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter)); // after the browser has reset the fields
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  if (innerWidth < 768) document.querySelector(".legend details").open = false; // a phone shows the matrix sooner
  filter();
  addEventListener("hashchange", route);
  if (location.hash) route();
})();
