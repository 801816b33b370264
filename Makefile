# What one does with a checkout of Podium. `make help` lists it; only Python 3.11+ and make are assumed.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DONE   := $(VENV)/.done
PIP    := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check --progress-bar off
# node and npm come from a wheel in the virtual environment.
export PATH := $(CURDIR)/$(BIN):$(PATH)

PACKAGES    := sfu signaling demo
# make test WITHOUT=netns leaves out the tests with this marker.
BUT         := $(if $(WITHOUT),-m "not $(WITHOUT)")
WEB_SOURCES := $(shell find web/src web/public web/scripts web/index.html web/*.js web/*.ts web/*.json -type f 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo check test bench bench-control lock format generate screenshots screens clean \
        lint types imports generated unit web-check test-tools integration e2e install install-dev

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- running ------------------------------------------------------------------------------------------

run: install web/dist/index.html ## Start the server and print a tutor and a student link (ARGS="--help")
	$(BIN)/podium serve --demo-links $(ARGS)

demo: install web/dist/index.html ## The same with a moving picture and a tone published as the tutor
	$(BIN)/python -m demo $(ARGS)

# --- testing ------------------------------------------------------------------------------------------

check: lint types imports generated unit web-check ## Formatting, types, import rules, unit tests: under a minute

test: check integration e2e ## Everything, with real sockets, browsers and namespaces

lint: install-dev
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .

types: install-dev
	$(BIN)/mypy

imports: install-dev
	$(BIN)/lint-imports

generated: install-dev
	$(BIN)/python -m signaling.protocol.codegen --check

unit: install-dev
	$(BIN)/pytest -q -n 2 tests/unit tests/simulation $(PYTEST_ARGS)

web-check: web/node_modules/.done
	cd web && npm run --silent check && npm run --silent test

integration: install-dev test-tools web/dist/index.html
	$(BIN)/pytest -q -n 2 --dist worksteal tests/integration $(BUT) $(PYTEST_ARGS)

e2e: install-dev test-tools web/dist/index.html
	$(BIN)/pytest -q -n 2 --dist worksteal tests/e2e $(BUT) $(PYTEST_ARGS)

test-tools:
	@scripts/install-test-tools

bench: install-dev ## Measure the media plane and print the figures (ARGS for bench)
	$(BIN)/python -m bench $(ARGS)

bench-control: install-dev ## Measure chat: 1,000 sockets in 10 live classes (ARGS for bench.control_plane)
	$(BIN)/python -m bench.control_plane $(ARGS)

# --- maintaining --------------------------------------------------------------------------------------

format: install-dev web/node_modules/.done ## Format Python and the web client
	$(BIN)/ruff check --quiet --fix . || true
	$(BIN)/ruff format --quiet .
	cd web && npm run --silent format

generate: install-dev ## Write the generated files: the client's types and docs/protocol.md
	$(BIN)/python -m signaling.protocol.codegen

screenshots: install-dev test-tools web/dist/index.html ## Take the pictures in docs/images
	$(BIN)/python -m scripts.screenshots

screens: install-dev test-tools web/dist/index.html ## Take every screen of the client into docs/screens
	$(BIN)/python -m scripts.screens

lock: $(DONE)/lock ## Resolve the locked dependencies anew (UPGRADE=1 takes newer versions)
	scripts/lock $(if $(UPGRADE),--upgrade)

clean: ## Remove what make made; data/ stays
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info \
	       web/node_modules web/dist
	find $(PACKAGES) tests bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# --- what the targets stand on ------------------------------------------------------------------------

install: $(DONE)/podium
install-dev: $(DONE)/podium $(DONE)/dev

$(DONE)/venv:
	@$(PYTHON) scripts/check_python.py
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(DONE) && touch $@

$(DONE)/runtime: requirements/build.txt requirements/runtime.txt | $(DONE)/venv
	$(PIP) --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	@touch $@

$(DONE)/podium: pyproject.toml $(DONE)/runtime
	$(PIP) --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(DONE)/dev $(DONE)/web $(DONE)/lock: $(DONE)/%: requirements/%.txt | $(DONE)/runtime
	$(PIP) --require-hashes -r $<
	@touch $@

web/node_modules/.done: web/package.json web/package-lock.json $(DONE)/web
	cd web && npm ci --silent --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.done $(WEB_SOURCES)
	cd web && npm run --silent build
	@touch $@
