"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const table = byId("matrix");
  const panel = byId("panel");
  const evidence = byId("evidence");
  const form = byId("filters");
  const tip = byId("tip");

  const plain = (text) => { try { return decodeURIComponent(text); } catch { return text; } };

  // --- what is packed into the page: gzip and base64, unpacked when it is asked for -------------------------------------

  async function unpack(id) {
    const bytes = Uint8Array.from(atob(byId(id).textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  // --- the address: #place?filters. A link shows what its sender saw ----------------------------------------------------

  const parts = () => {
    const hash = location.hash.slice(1);
    const at = hash.indexOf("?");
    return at < 0 ? [hash, ""] : [hash.slice(0, at), hash.slice(at + 1)];
  };
  const place = () => parts()[0];
  const open = new Set(); // areas that are unfolded by hand

  function query() {
    const wanted = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) wanted.append(name, value);
    for (const area of open) wanted.append("open", area);
    return wanted.toString();
  }

  const address = (where) => `#${where}${query() ? `?${query()}` : ""}`;
  const remember = (where = place()) => history.replaceState(null, "", address(where));

  function recall() {
    const wanted = new URLSearchParams(parts()[1]);
    form.reset();
    for (const field of form.elements) {
      if (!field.name) continue;
      if (field.type === "checkbox") field.checked = wanted.getAll(field.name).includes(field.value);
      else field.value = wanted.get(field.name) || "";
    }
    open.clear();
    for (const area of wanted.getAll("open")) open.add(area);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    location.hash = address(link.getAttribute("href").slice(1));
  });

  // --- the panel: a cell's evidence, or what the page says of a provider or of one of its clients -------------------------

  // Without a script an address jumps to its place in the page; with one it opens the panel, and nothing jumps.
  const told = new Map(all("[data-title]").map((it) => [it.id, it]));
  for (const it of told.values()) it.removeAttribute("id");

  const cells = new Map(all("td > a", table).map((a) => [plain(a.getAttribute("href").slice(1)), a]));
  let cameFrom = null;

  async function content(wanted) {
    const cell = cells.get(wanted);
    if (cell) {
      const template = document.createElement("template");
      const [lines, cellsOfRow] = await unpack(cell.closest("tr").dataset.row);
      template.innerHTML = cellsOfRow[cell.getAttribute("href")].map((line) => lines[line]).join("\n");
      return template.content;
    }
    if (!told.has(wanted)) return null;
    const copied = told.get(wanted).cloneNode(true);
    const heading = document.createElement("h2");
    heading.textContent = copied.dataset.title;
    copied.querySelector("h3")?.remove();
    copied.prepend(heading);
    for (const it of all("h4", copied)) { // one level up: here they stand right below the panel's heading
      const raised = document.createElement("h3");
      raised.append(...it.childNodes);
      it.replaceWith(raised);
    }
    for (const it of all("details.all", copied)) it.open = true;
    return copied;
  }

  async function route() {
    const wanted = plain(place());
    for (const it of all("[aria-current]")) it.removeAttribute("aria-current");
    if (!wanted) return hide();
    const shown = await content(wanted).catch(() => null);
    if (plain(place()) !== wanted) return; // another cell was opened while this one was unpacked
    if (shown) evidence.replaceChildren(shown);
    else evidence.innerHTML = "<h2>No evidence to show</h2><p>This run has no such place, or this browser cannot unpack it.</p>";
    const cell = cells.get(wanted);
    if (cell) show(cell);
    cameFrom = cell || document.querySelector(`a[href="#${CSS.escape(place())}"]`);
    cameFrom?.setAttribute("aria-current", "true");
    panel.hidden = false;
    panel.scrollTop = 0;
    for (const box of all("pre, .events", evidence)) { // the marked place is in view, however long the answer is
      const marked = box.querySelector("mark, .marked");
      if (marked) box.scrollTop = marked.offsetTop - 80;
    }
    panel.setAttribute("aria-label", evidence.querySelector("h2").textContent);
    document.body.classList.add("with-panel");
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
    panel.focus({ preventScroll: true });
  }

  function hide() {
    panel.hidden = true;
    evidence.replaceChildren();
    document.body.classList.remove("with-panel");
  }

  function close() {
    remember("");
    route();
    cameFrom?.focus();
  }

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
    const found = all("[data-answer]", evidence).find((it) => it.dataset.answer === exchange);
    if (!found) return;
    if (found.tagName === "DETAILS") found.open = true;
    found.scrollIntoView({ block: "start" });
    (found.querySelector("summary") || found).focus({ preventScroll: true });
  }

  panel.addEventListener("click", ({ target }) => {
    if (target.matches(".close")) close();
    else if (target.matches(".copy")) copy(target);
    else if (target.matches("button[data-exchange]")) reveal(target.dataset.exchange);
  });

  // --- filters --------------------------------------------------------------------------------------------------------

  const heads = all("thead th", table).slice(1);
  const providers = all("[name=provider]", form).map((box) => box.value);
  const rows = all("tr.row", table).map((row) => ({
    row,
    id: row.dataset.row,
    area: row.parentNode.dataset.area,
    empty: row.matches(".empty"),
    text: row.cells[0].textContent.toLowerCase(),
    squares: [...row.cells].slice(1).map((td) => all("i", td).map((half) => ({
      question: half.dataset.q, state: half.className.slice(2), levels: half.dataset.l || "",
    }))),
  }));
  let index = null; // ids of checks and clauses by row, and what each client depends on
  let columns = "";

  function matches(entry, wanted) {
    if (entry.empty && !wanted.empty) return false;
    if (wanted.area && entry.area !== wanted.area) return false;
    const judged = index && index.rows[entry.id];
    if (wanted.client && index && !judged.some((name) => wanted.depends.has(name))) return false;
    if (!wanted.words.every((word) => entry.text.includes(word) || judged?.some((n) => index.names[n].includes(word)))) return false;
    const halves = entry.squares.filter((_, at) => wanted.columns[at]).flat()
      .filter((half) => !wanted.question || half.question === wanted.question);
    if (wanted.states.length || wanted.level) {
      const hit = (half) => (!wanted.states.length || wanted.states.includes(half.state)) && half.levels.includes(wanted.level);
      if (!halves.some(hit)) return false;
    }
    return !wanted.differ || ["drop-in", "as-documented"].some((question) =>
      new Set(halves.filter((half) => half.question === question).map((half) => half.state)).size > 1);
  }

  function wish() {
    const data = new FormData(form);
    const some = data.getAll("provider");
    return {
      words: data.get("q").toLowerCase().split(/\s+/).filter(Boolean),
      area: data.get("area"),
      client: data.get("client"),
      depends: new Set(index?.clients[data.get("client")]),
      question: data.get("question"),
      level: data.get("level"),
      states: data.getAll("state"),
      differ: data.has("differ"),
      empty: data.has("empty"),
      columns: providers.map((id) => !some.length || some.includes(id)),
    };
  }

  function filter() {
    const wanted = wish();
    const narrow = Boolean(wanted.words.length || wanted.client || wanted.level || wanted.states.length || wanted.differ || wanted.area);
    let found = 0;
    const kept = new Map();
    for (const entry of rows) {
      const hit = matches(entry, wanted);
      found += hit ? 1 : 0;
      if (hit) kept.set(entry.area, (kept.get(entry.area) || 0) + 1);
      entry.row.hidden = !hit || !(narrow || open.has(entry.area));
    }
    for (const body of table.tBodies) {
      const { area } = body.dataset;
      body.hidden = !kept.has(area);
      body.querySelector("button").setAttribute("aria-expanded", String(narrow || open.has(area)));
      body.querySelector("small").textContent = kept.get(area) || 0;
    }
    if (columns !== String(wanted.columns)) {
      columns = String(wanted.columns);
      for (const row of table.rows) for (const td of row.cells) if (td.cellIndex) td.hidden = !wanted.columns[td.cellIndex - 1];
    }
    table.dataset.question = wanted.question;
    byId("unfold").setAttribute("aria-pressed", String(open.size === table.tBodies.length));
    byId("nothing").hidden = found > 0;
    byId("shown").textContent = `${found} of ${rows.length} scenario${rows.length === 1 ? "" : "s"}`;
  }

  function fold(areas, unfolded) {
    for (const area of areas) open[unfolded ? "add" : "delete"](area);
    filter();
    remember();
  }

  function show(cell) {
    if (!cell.closest("tr").hidden) return;
    open.add(cell.closest("tbody").dataset.area);
    filter();
    cell.closest("tr").hidden = cell.closest("tbody").hidden = false; // even where a filter would leave it out
  }

  table.addEventListener("click", ({ target }) => {
    if (target.matches(".area button")) fold([target.closest("tbody").dataset.area], target.getAttribute("aria-expanded") === "false");
  });
  byId("unfold").addEventListener("click", ({ target }) =>
    fold([...table.tBodies].map((body) => body.dataset.area), target.getAttribute("aria-pressed") === "false"));
  form.addEventListener("input", () => { filter(); remember(); });
  form.addEventListener("reset", () => { open.clear(); setTimeout(() => { filter(); remember(); }); }); // after the fields are reset
  form.addEventListener("submit", (event) => event.preventDefault());

  // --- words for a cell, on hover and on focus -----------------------------------------------------------------------

  function say({ target }) {
    const cell = target.closest?.("#matrix td > *");
    tip.hidden = !cell;
    if (!cell) return;
    const td = cell.closest("td");
    const states = all("i", td).map((half) => half.textContent).join(" · ");
    tip.textContent = `${heads[td.cellIndex - 1].textContent}, ${td.parentNode.cells[0].firstElementChild.textContent}: ${states}`;
    const box = td.getBoundingClientRect();
    tip.style.left = `${scrollX + Math.max(8, Math.min(box.left, document.body.clientWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${scrollY + (box.bottom + tip.offsetHeight + 8 > innerHeight ? box.top - tip.offsetHeight - 4 : box.bottom + 4)}px`;
    if (cell.matches("a")) cell.setAttribute("aria-describedby", "tip");
  }

  table.addEventListener("mouseover", say);
  table.addEventListener("focusin", say);
  for (const gone of ["mouseleave", "focusout"]) table.addEventListener(gone, () => { tip.hidden = true; });

  // --- moving about with the keyboard ---------------------------------------------------------------------------------

  function neighbour(cell, key) {
    const td = cell.closest("td");
    if (key === "ArrowUp" || key === "ArrowDown") {
      const shown = rows.map((entry) => entry.row).filter((row) => !row.hidden);
      return shown[shown.indexOf(td.parentNode) + (key === "ArrowDown" ? 1 : -1)]?.cells[td.cellIndex].querySelector("a");
    }
    const step = key === "ArrowRight" ? "nextElementSibling" : "previousElementSibling";
    let next = td[step];
    while (next && next.hidden) next = next[step];
    return next?.querySelector("a");
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      tip.hidden = true;
      if (!panel.hidden && !document.querySelector(":popover-open")) close();
      return;
    }
    const cell = event.target.closest?.("#matrix td > a");
    if (cell && event.key.startsWith("Arrow")) {
      event.preventDefault();
      neighbour(cell, event.key)?.focus();
    } else if (event.key === "/" && !event.target.matches("input, select")) {
      event.preventDefault();
      form.elements.q.focus();
    }
  });

  // A print shows every cause in full.
  let closed = [];
  addEventListener("beforeprint", () => { closed = all(".cards details:not([open])"); for (const it of closed) it.open = true; });
  addEventListener("afterprint", () => { for (const it of closed) it.open = false; });

  // --- begin ----------------------------------------------------------------------------------------------------------

  function arrive() {
    recall();
    filter();
    return route();
  }

  const filters = form.parentNode;
  filters.hidden = false;
  filters.open = innerWidth >= 768; // a phone shows the matrix sooner
  arrive();
  addEventListener("hashchange", arrive);
  unpack("index").then((found) => { index = found; filter(); }).catch(() => {});
})();
