# `make` alone lists the targets. Everything is set up on first use, in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WITNESS_READY := tests/witness/node_modules/.ready

# Images for containers often switch the bytecode cache off. Without it every process compiles the whole program, and
# pytest rewrites every assertion, again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup matrix test test-gate lint types format pairs proof witness impact impact-page real real-gate bench bench-page bench-limits bench-worst schema drift clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

setup: $(READY) ## Install everything into .venv

matrix: $(READY) ## Run the suite against the reference and the played documents; reports/latest names the run
	$(BIN)/messages-conformance run

test: $(READY) ## Run the program's own tests, except the slow ones, with few examples of each property
	$(BIN)/python -m pytest -n auto --dist loadgroup -m "not gate" --hypothesis-profile quick

test-gate: $(READY) ## Run the slow tests, and the properties with all their examples; `make witness` has its own
	$(BIN)/python -m pytest -n auto --dist loadgroup -m "gate or hypothesis" --ignore tests/witness

lint: $(READY) ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY) ## Fix style and formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(READY) ## Check types, strictly
	$(BIN)/pyright

$(WITNESS_READY): tests/witness/package-lock.json
	npm ci --silent --prefix tests/witness
	@touch $@

pairs: $(READY) ## Find again which parameters each request combines; write suite/scenarios/combinations.yaml
	PYTHONPATH=tools $(BIN)/python -m pairs

proof: $(READY) ## Attack the suite: every defect, every mutant, twenty runs; write reports/proof
	PYTHONPATH=tools:tests/golden $(BIN)/python -m proof

witness: $(READY) $(WITNESS_READY) ## Let the official SDKs read everything that the reference sends
	$(BIN)/python -m pytest tests/witness

impact: $(READY) ## Let real clients meet every defect (CLIENTS="ai-sdk" for only these; JOBS="text" for only these, put into the table there is); write specs/impact.json; hours, and goes on where it was
	PYTHONPATH=tools:bench $(BIN)/python -m impact $(if $(CLIENTS),--clients $(CLIENTS)) $(if $(JOBS),--jobs $(JOBS))

impact-page: $(READY) ## Write what follows from the defects and from specs/impact.json: suite/defects.json, docs/impact.md
	$(BIN)/python tools/impact_page.py

real: $(READY) ## Run the suite against real servers on loopback (SERVERS="smollm2 litellm" for only these); write reports/real
	PYTHONPATH=bench $(BIN)/python -m real $(SERVERS)

real-gate: $(READY) ## Run the part of `real` that every change must pass: a real model and a real gateway, in minutes
	PYTHONPATH=bench $(BIN)/python -m real --gate

bench: $(READY) ## Measure what this program costs over any client, beside its peers; write the table of docs/performance.md
	$(BIN)/python bench/overhead.py --page docs/performance.md

bench-page: $(READY) ## Measure the page of sixteen providers in headless Chromium; needs reports/latest
	PYTHONPATH=tests/support $(BIN)/python bench/page.py reports/latest/results.jsonl

bench-worst: $(READY) ## Measure what it costs to judge the worst answers that a server can send
	PYTHONPATH=tests/support $(BIN)/python bench/worst.py

bench-limits: $(READY) ## Run against the reference behind rate limits (CASES="two-at-once" for only these); all take 35 minutes
	PYTHONPATH=tests/support $(BIN)/python bench/limits.py $(CASES)

schema: $(READY) ## Generate the JSON Schemas of results.jsonl and summary.json from their classes
	$(BIN)/python tools/schemas.py

drift: $(READY) ## Compare Anthropic's contract with the types of the installed official SDK
	$(BIN)/python tools/drift.py

clean: ## Remove what was built; keep the runs in reports/, because their requests cost money
	rm -rf $(VENV) .venv-* .npm-* tests/witness/node_modules reports/proof reports/real dist build .pytest_cache .ruff_cache .hypothesis
