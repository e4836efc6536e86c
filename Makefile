# Two commands are all that is needed: `make demo` and `make test`. Everything else is for development.
.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
BUNDLE := mlmwidget/static/widget.js
INSTALLED := $(VENV)/.installed
MODULES := js/node_modules/.installed
JS_SOURCES := $(shell find js/src js/build.mjs js/package.json js/tsconfig.json 2>/dev/null)

.PHONY: help demo test test-python test-js test-browser test-notebooks test-r lint format bench screenshots watch wheel clean

help: ## list these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

demo: $(INSTALLED) $(BUNDLE) ## set everything up and open JupyterLab on the first example
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) example_notebooks/01_quickstart.ipynb

test: lint test-js test-python test-browser test-notebooks ## set everything up and run every check

test-python: $(INSTALLED) $(BUNDLE) ## Python tests, the slow ones included
	$(BIN)/python -m pytest -m "not browser and not notebook"

test-js: $(MODULES) ## type check, lint and test the TypeScript
	cd js && npm run --silent typecheck && npm run --silent lint && npm run --silent test

test-browser: $(INSTALLED) $(BUNDLE) ## click through a real JupyterLab in Chromium
	$(BIN)/python -m pytest -n 0 -m browser

test-notebooks: $(INSTALLED) $(BUNDLE) ## execute the example notebooks
	$(BIN)/python -m pytest -n 0 -m notebook

test-r: $(INSTALLED) ## run the exported R scripts with R (needs lme4; rstanarm and brms where installed)
	MLMWIDGET_TEST_R=1 $(BIN)/python -m pytest -m "slow or not slow" tests/export

lint: $(INSTALLED) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(INSTALLED) $(MODULES) ## mend what the linters can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd js && npm run --silent format

bench: $(INSTALLED) $(BUNDLE) ## time the engine beside its peers, and the interface in a browser
	$(BIN)/python -m pip install --quiet --editable ".[bench]"
	$(BIN)/python -m benchmarks

screenshots: $(INSTALLED) $(BUNDLE) ## photograph every state and host into tests/screenshots/index.html
	-$(BIN)/python -m pytest -n 0 -m browser
	$(BIN)/python tests/browser/screenshots.py

watch: $(INSTALLED) $(MODULES) ## rebuild the bundle on every change (start Jupyter with ANYWIDGET_HMR=1)
	cd js && npm run watch

wheel: $(INSTALLED) ## build the wheel and the source distribution
	$(BIN)/python -m pip install --quiet build
	$(BIN)/python -m build

clean: ## remove everything that can be made again
	rm -rf $(VENV) js/node_modules mlmwidget/static build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/screenshots

$(BIN)/python:
	@for python in python3.12 python3.13 python3.14 python3 python; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$($$python --version)"; exec $$python -m venv $(VENV); fi; \
	done; echo "mlmwidget needs Python 3.12 or newer; none was found on the PATH." >&2; exit 1

# The bundle has its own rule below, so pip need not build it a second time.
$(INSTALLED): $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --upgrade pip
	SKIP_JUPYTER_BUILDER=1 $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $@

$(MODULES): js/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "mlmwidget needs Node 20 or newer." >&2; exit 1; }
	cd js && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(BUNDLE): $(MODULES) $(JS_SOURCES)
	cd js && npm run --silent build
