# Everything a developer or CI does, by name; the logic is in scripts/. `make help` lists it.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PACKAGE := sequence_customers_client

.DEFAULT_GOAL := help

# scripts/install.sh lets its pip begin.
export PYTHON

# Hundreds of tests start a Python: what it compiles is kept, whatever the machine would have.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## list what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

# --- Using it

.PHONY: demo
demo: $(VENV)/.runtime ## look customers up: against a local server, or, with credentials and ALIAS=…, the real API
	@$(BIN)/python examples/demo.py

# --- Setting up: stamps in the virtual environment, renewed when a lock file changes

.PHONY: setup
setup: $(VENV)/.python $(VENV)/.node ## install everything for development into .venv, exactly pinned

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@$(PYTHON) -c 'import sys; print("Making $(VENV) with Python", sys.version.split()[0])'
	@$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/.runtime: requirements/runtime.txt | $(BIN)/python
	@scripts/install.sh $(VENV) requirements/runtime.txt
	@touch $@

$(VENV)/.python: requirements/runtime.txt requirements/dev.txt | $(BIN)/python
	@scripts/install.sh $(VENV) requirements/dev.txt dev
	@touch $(VENV)/.runtime $@

$(VENV)/.node: scripts/node/package-lock.json | $(VENV)/.python
	@scripts/install-node-tools.sh $(VENV)
	@touch $@

# Where packages come from is each machine's own affair, so no index and no find-links may get in.
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --python $(BIN)/python --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
NODE_LOCK := scripts/node/package-lock.json

# dev first: its tools may cap a version that runtime, alone, would take newer. npm writes whom to fund, with addresses.
.PHONY: lock
lock: $(VENV)/.python ## write the lock files anew from pyproject.toml and scripts/node/package.json
	@$(COMPILE) --all-extras --group dev --output-file requirements/dev.txt
	@$(COMPILE) --constraints requirements/dev.txt --output-file requirements/runtime.txt
	@$(COMPILE) --constraints requirements/dev.txt --all-extras --group bench --output-file requirements/bench.txt
	@$(BIN)/npm --prefix scripts/node install --package-lock-only --omit-lockfile-registry-resolved=true \
		--ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@mkdir -p build
	@$(BIN)/node -p 'JSON.stringify(require("./$(NODE_LOCK)"), (key, value) => (key === "funding" ? undefined : value), 2)' \
		>build/lock.json && mv build/lock.json $(NODE_LOCK)

# --- The document

.PHONY: generate
generate: $(VENV)/.python ## generate the package from openapi/customers.yaml
	@$(BIN)/python -m scripts.generate

.PHONY: check-generated
check-generated: $(VENV)/.python ## fail when the committed package is not what the document yields
	@$(BIN)/python -m scripts.generate --check

.PHONY: update-spec
update-spec: $(VENV)/.python $(VENV)/.node ## bring document, package and changelog up to FROM="page.md openapi.yaml …"
	@$(BIN)/python -m scripts.update $(FROM)

# --- Proving it

.PHONY: test
test: $(VENV)/.python $(VENV)/.node ## run every test that needs no more than .venv [ARGS=tests/…]
	@$(BIN)/python -m pytest -m "not services" $(WORKERS) $(ARGS)
	@echo "Left to 'make test-services': what needs more than .venv has: a browser, Redis, other Pythons"

.PHONY: coverage
coverage: ## run the same tests, and show which lines and branches they leave out
	@$(MAKE) --no-print-directory test ARGS="--cov --cov-report=term-missing:skip-covered $(ARGS)"

.PHONY: test-services
test-services: $(VENV)/.python $(VENV)/.node ## run the tests that need a browser, Redis or other Pythons, as far as there are
	@$(BIN)/python -m tests.shipping.pythons
	@$(BIN)/python -m pytest -m services $(WORKERS) --dist worksteal $(ARGS)

# Whole files go to a worker, so that what they share is made once; twice as many as there are cores, as many tests wait.
WORKERS ?= --numprocesses $$(($$(getconf _NPROCESSORS_ONLN) * 2)) --maxprocesses 8 --dist loadfile --no-loadscope-reorder

.PHONY: lint
lint: $(VENV)/.python ## check style (ruff) and dependencies (deptry)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/deptry .

.PHONY: format
format: $(VENV)/.python ## let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: typecheck
typecheck: $(VENV)/.python ## check types: mypy --strict, pyright, and that every public name is typed
	@$(BIN)/mypy
	@$(BIN)/pyright
	@PATH="$(BIN):$$PATH" $(BIN)/pyright --ignoreexternal --verifytypes sequence_customers_client

.PHONY: check-api
check-api: $(VENV)/.python ## fail when the version is too low for what changed in the API since the last release
	@$(BIN)/python -m scripts.release.gate

# The clients that ours is compared with have an environment of their own.
BENCH_VENV ?= $(VENV)-bench

$(BENCH_VENV)/.bench: requirements/bench.txt | $(BIN)/python
	@$(BIN)/python -m venv --without-pip $(BENCH_VENV)
	@echo '*' > $(BENCH_VENV)/.gitignore
	@scripts/install.sh $(BENCH_VENV) requirements/bench.txt bench
	@touch $@

.PHONY: bench
bench: $(BENCH_VENV)/.bench ## compare with other clients: needs nginx, and an idle machine [ARGS=--quick]
	@$(BENCH_VENV)/bin/python -m benchmarks $(ARGS)

# --- Documenting it

.PHONY: docs
docs: $(VENV)/.python ## build the documentation site into site/; a warning is an error
	@$(BIN)/sphinx-build --quiet --fresh-env --write-all --fail-on-warning --keep-going --doctree-dir build/doctrees docs site
	@echo "site/index.html"

.PHONY: docs-serve
docs-serve: docs ## build the documentation site, and serve it on this machine
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory site

# --- Shipping it: to a private index, with credentials from the environment or the keyring

SHA256 := $(shell command -v sha256sum || echo shasum -a 256)

# What is set around us has no say in what is built, and only what is good replaces what is in dist/.
.PHONY: build
build: $(VENV)/.python ## build wheel and sdist into dist/, and check what is in them
	@rm -rf build/dist
	@env -i PATH="$$PATH" $(BIN)/uv build --quiet --offline --no-config --no-cache --no-build-isolation \
		--python $(BIN)/python --no-create-gitignore --out-dir build/dist
	@$(BIN)/twine --no-color check --strict build/dist/*
	@$(BIN)/check-wheel-contents --no-config --toplevel $(PACKAGE) --package $(PACKAGE) build/dist/*.whl
	@rm -rf dist && mv build/dist dist && $(SHA256) dist/*

# The wheel as its users have it, by name, so that nothing remembers where it lay.
TRIED   := build/tried
INSTALL := $(BIN)/uv pip install --quiet --python $(TRIED) --no-deps --only-binary :all:

.PHONY: try
try: build ## use the wheel of dist/, with what the lock pins, in a fresh environment
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(TRIED)
	@$(INSTALL) --require-hashes --requirement requirements/runtime.txt
	@$(INSTALL) --no-index --no-cache --find-links dist $(PACKAGE)
	@$(BIN)/uv pip check --quiet --python $(TRIED)
	@env -i $(TRIED)/bin/python -I -W error examples/demo.py >build/tried.txt
	@echo "tried: $$(head -1 build/tried.txt)"

# SBOM_OPTIONS=--no-validate leaves it to others to validate the bill, which takes seconds.
.PHONY: sbom
sbom: try ## say what the wheel in dist/ is installed with, as CycloneDX
	@sdist=$$(echo dist/*.tar.gz) && $(BIN)/cyclonedx-py environment --sv 1.6 --of JSON --output-reproducible \
		$(SBOM_OPTIONS) --mc-type library --pyproject pyproject.toml --output-file $${sdist%.tar.gz}.cdx.json $(TRIED)
	@cd dist && $(SHA256) * >SHA256SUMS

# Of what the lock names, and of what pyproject.toml names for the extras.
LICENSED := sed -n 's/^\([a-z0-9.-]*\)==.*/\1/p' requirements/runtime.txt; \
	sed -n '/^\[project.optional-dep/,/^$$/p' pyproject.toml | grep -oE '"[a-z0-9.-]+' | tr -d '"'

.PHONY: licences
licences: $(VENV)/.python ## write docs/licences.md anew
	@mkdir -p build && sed '/^|/,$$d' docs/licences.md >build/licences.md
	@$(BIN)/pip-licenses --from meta --fail-on UNKNOWN --format markdown --no-version --packages $$($(LICENSED)) \
		>>build/licences.md
	@mv build/licences.md docs/licences.md

.PHONY: publish
publish: check-api try ## publish this commit: INDEX_URL=https://…/simple/ [DRY_RUN=1]
	@$(BIN)/python -m scripts.release.gate --publish

.PHONY: release-record
release-record: $(VENV)/.python ## write down the public API of this version, for check-api to compare with
	@$(BIN)/python -m scripts.release.gate --record
