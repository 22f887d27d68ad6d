"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const table = byId("matrix");
  const panel = byId("panel");

  // --- building nodes: text goes through textContent only, so nothing that a provider sent can become markup ---------

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "text") node.textContent = value;
      else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }

  const plural = (number, one) => `${number} ${one}${number === 1 ? "" : "s"}`;
  const milliseconds = (value) => `${Math.round(value).toLocaleString("en")} ms`;

  function link(url, text) {
    if (!/^https?:\/\//i.test(url || "")) return text;
    return el("a", { href: url, rel: "noreferrer noopener", target: "_blank", text });
  }

  function facts(pairs) {
    const shown = pairs.filter(([, value]) => value !== undefined && value !== null && value !== "");
    return el("dl", { class: "facts" }, shown.map(([name, value]) => [el("dt", { text: name }), el("dd", {}, value)]));
  }

  // --- evidence: gzip and base64 in the page, unpacked when it is asked for -------------------------------------------

  async function unpack(id) {
    const bytes = Uint8Array.from(atob(byId(id).textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  let shared;

  // --- the panel ------------------------------------------------------------------------------------------------------

  function stateMark(state) {
    return el("b", { class: `mark s-${state}`, text: shared.words[state].word });
  }

  function clauseView(id) {
    const clause = shared.clauses[id];
    if (!clause) return el("code", { text: id });
    return el("span", {},
      `${clause.text} `,
      el("span", { class: "quiet" }, el("b", { class: "level", text: clause.level }), " ", el("code", { text: id }), " ", link(clause.url, clause.source)));
  }

  // What the provider's own documents say against the clauses of a result, each once.
  function disputes(ids) {
    return [...new Set(ids.flatMap((id) => (shared.clauses[id] || {}).conflicts || []))];
  }

  function deviationView(id) {
    const deviation = shared.deviations[id];
    return el("span", {},
      `${deviation.states} ${deviation.breaks} `,
      deviation.seen.map((url) => [link(url, url.replace(/^https?:\/\//, "")), " "]));
  }

  function placeOf(result) {
    const parts = [];
    if (result.event !== undefined) parts.push(`event ${result.event}`);
    if (result.pointer) parts.push(result.pointer);
    else if (result.pointer === "" && result.event === undefined) parts.push("the whole body");
    return parts.join(" at ");
  }

  function resultView(result, byExchange) {
    const check = shared.checks[result.check];
    const code = (text) => text === undefined ? undefined : el("code", { text });
    const decisive = (result.exchanges || []).at(-1);
    const target = byExchange.get(decisive);
    const weaker = result.outcome === "fail" && result.level !== "MUST";
    return el("article", { class: `result o-${result.accepted ? "known" : weaker ? "deviates" : result.outcome}` },
      el("h4", {},
        el("b", { class: "level", text: result.level }), " ",
        check ? check.title : result.check),
      el("p", { class: "quiet" }, el("code", { text: result.check }), check ? ` ${check.why}` : ""),
      result.expected === undefined && result.actual === undefined ? null : el("div", { class: "against" },
        el("div", {}, el("small", { text: "expected" }), code(result.expected)),
        el("div", { class: "actual" }, el("small", { text: "actual" }), code(result.actual))),
      facts([
        ["cause", result.cause],
        ["at", code(placeOf(result) || undefined)],
        ["note", result.note],
        ["accepted", result.accepted],
        ["follows from", result.follows && el("span", {}, `${(shared.checks[result.follows] || {}).title || ""} `, code(result.follows))],
        ...result.clauses.map((id) => ["clause", clauseView(id)]),
        ...(result.harm || []).map(([client, sentence]) => ["breaks", el("span", {}, el("b", { text: client }), `: ${sentence}`)]),
        ...disputes(result.clauses).map((id) => ["disputed by", clauseView(id)]),
        ...(result.deviations || []).map((id) => ["also seen", deviationView(id)]),
        ["demanded in", code(result.where)],
        ["seen in", target && el("button", { type: "button", class: "plain", text: decisive, onclick: () => reveal(target) })],
      ]));
  }

  function folded(summary, children) {
    return el("details", { class: "folded" }, el("summary", { text: summary }), children);
  }

  function briefList(results) {
    return el("ul", {}, results.map((result) => el("li", {},
      el("code", { text: result.check }), " ",
      (shared.checks[result.check] || { title: "" }).title,
      el("span", { class: "quiet", text: ` step ${result.step}${result.note ? `: ${result.note}` : ""}` }))));
  }

  function questionView(asked, byExchange) {
    const of = (...outcomes) => asked.results.filter((result) => outcomes.includes(result.outcome));
    const passed = of("pass");
    const unasked = of("not-applicable");
    const question = shared.questions[asked.question];
    return el("section", { class: "asked" },
      el("h3", {}, el("span", { class: "question", text: question.word }), " ", stateMark(asked.state)),
      el("p", { class: "quiet", text: question.means }),
      of("harness-error", "fail", "inconclusive").map((result) => resultView(result, byExchange)),
      asked.missing.length ? el("article", { class: "result o-missing" },
        el("h4", { text: `${plural(asked.missing.length, "planned check")} never judged` }),
        el("ul", {}, asked.missing.map(([step, check]) => el("li", {}, el("code", { text: check }), ` in step ${step}`)))) : null,
      passed.length ? folded(`${plural(passed.length, "check")} passed`, briefList(passed)) : null,
      unasked.length ? folded(`${plural(unasked.length, "check")} did not apply`, briefList(unasked)) : null,
      asked.results.length || asked.missing.length ? null : el("p", { text: "Nothing in this contract is asked here." }));
  }

  function bodyView(body, marks) {
    if (body.form === "empty") return el("p", { class: "quiet", text: "no body" });
    if (body.form === "events") return eventsView(body, marks);
    return el("div", {},
      el("pre", { tabindex: "0", text: body.text }),
      body.cut ? el("p", { class: "quiet", text: `${body.cut.toLocaleString("en")} characters more are in results.jsonl.` }) : null);
  }

  function eventsView(body, marks) {
    const line = (event) => el("li", { class: marks.includes(event.number) ? "marked" : null },
      el("span", { class: "number", text: event.number }),
      el("span", { class: "at", text: milliseconds(event.at_ms) }),
      el("span", { class: "what" },
        event.name === null ? el("i", { text: "no event: line" }) : el("b", { text: event.name }), " ",
        event.data === null ? el("i", { text: "no data: line" }) : event.data,
        event.notes.map((note) => el("i", { text: ` (${note})` })),
        marks.includes(event.number) ? el("strong", { class: "pointed", text: "a failing check points here" }) : null));
    return el("div", {},
      el("p", { class: "quiet", text: plural(body.events.length + body.left_out, "event") }),
      el("ol", { class: "events", tabindex: "0" }, body.events.map(line)),
      body.left_out ? el("p", { class: "quiet", text: `${plural(body.left_out, "event")} more in results.jsonl.` }) : null);
  }

  const headersText = (headers) => headers.map(([name, value]) => `${name}: ${value}`).join("\n");

  function copyButton(text, from) {
    const button = el("button", { type: "button", class: "copy", text: "Copy" });
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(from);
        button.textContent = "Selected: press Ctrl+C";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2500);
    });
    return button;
  }

  function exchangeView(exchange, open) {
    const { request, response, failure } = exchange;
    const curl = el("pre", { tabindex: "0", text: exchange.curl });
    const first = exchange.first_byte_ms === null ? "" : `, first byte after ${milliseconds(exchange.first_byte_ms)}`;
    return el("details", { class: "exchange", open },
      el("summary", {},
        el("b", { text: exchange.step }),
        ` trial ${exchange.trial}, attempt ${exchange.attempt} `,
        el("span", { class: "status", text: response ? `HTTP ${response.status}` : "no answer" }),
        ` ${milliseconds(exchange.total_ms)}`),
      el("p", { class: "quiet", text: `${exchange.started}${first}` }),
      failure ? el("p", { class: "warning", text: `${failure.kind}: ${failure.detail}` }) : null,
      el("h4", { class: "with-button" }, "Request ", copyButton(exchange.curl, curl)),
      curl,
      folded("Request headers and body", [
        el("pre", { tabindex: "0", text: `${request.method} ${request.url}\n${headersText(request.headers)}` }),
        bodyView(request.body, []),
      ]),
      response ? [
        el("h4", { text: "Response" }),
        el("pre", { tabindex: "0", text: `HTTP ${response.status}\n${headersText(response.headers)}` }),
        bodyView(response.body, exchange.marks),
      ] : null);
  }

  function cellView(data) {
    const scenario = shared.scenarios[data.scenario];
    const provider = shared.providers[data.provider];
    const decisive = new Set(data.questions.flatMap((asked) => asked.results).map((result) => (result.exchanges || []).at(-1)));
    const byExchange = new Map(data.exchanges.map((exchange) =>
      [exchange.id, exchangeView(exchange, decisive.has(exchange.id) || data.exchanges.length === 1)]));
    return [
      el("header", {},
        el("button", { type: "button", class: "close", "aria-label": "Close", text: "×", onclick: close }),
        el("p", { class: "eyebrow", text: `${provider.title}: ${provider.label}` }),
        el("h2", { id: "panel-title", text: scenario.title }),
        el("p", { text: scenario.why }),
        el("p", { class: "quiet" }, el("code", { text: scenario.id }), " in ", el("code", { text: scenario.where }),
          scenario.twin ? [", accepted twin ", el("a", { href: addressOf(data.provider, scenario.twin), text: scenario.twin })] : null)),
      data.not_applicable ? el("p", { class: "warning", text: `Not applicable: ${data.not_applicable}` }) : data.questions.map((asked) => questionView(asked, byExchange)),
      data.exchanges.length ? el("section", {}, el("h3", { text: "Exchanges" }), ...byExchange.values()) : null,
    ];
  }

  function reveal(details) {
    details.open = true;
    details.scrollIntoView({ block: "start" });
    details.querySelector("summary").focus({ preventScroll: true });
  }

  // --- which cell is open: the address says ---------------------------------------------------------------------------

  function plain(hash) {
    try { return decodeURIComponent(hash); } catch { return hash; }
  }

  const addressOf = (provider, scenario) => `#${encodeURIComponent(provider)}/${encodeURIComponent(scenario)}`;
  const cells = new Map([...table.querySelectorAll("a.halves")].map((a) => [plain(a.getAttribute("href")), a]));
  let opened = null;

  async function route() {
    const wanted = plain(location.hash);
    const cell = cells.get(wanted);
    if (opened) opened.removeAttribute("aria-current");
    if (!wanted.includes("/")) return hide();
    let content;
    try {
      if (!cell) throw new Error("This run has no such cell.");
      shared = shared || await unpack("shared");
      content = cellView(await unpack(cell.dataset.evidence));
    } catch (error) {
      content = [
        el("button", { type: "button", class: "close", "aria-label": "Close", text: "×", onclick: close }),
        el("h2", { id: "panel-title", text: "No evidence to show" }), el("p", { text: error.message })];
    }
    if (plain(location.hash) !== wanted) return; // another cell was opened while this one was unpacked
    opened = cell || null;
    panel.replaceChildren(...content.flat(Infinity).filter(Boolean));
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
    panel.replaceChildren();
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
