# Two commands: `make sandbox` plays a rollout on this machine, `make test` runs the tests.
# Python 3.11 or newer with venv, and make, are all they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PAGE_VENV := .venv-browser
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install sandbox test check browser long bench lock

help:
	@echo "make sandbox   play a rollout on this machine, in the browser"
	@echo "make test      run the tests"
	@echo "make check     lint, types, and the direction of imports"
	@echo "make browser   test the page in a real browser (needs Chromium)"
	@echo "make build     build the functions and the layer for Lambda (arm64, Python 3.13)"
	@echo "make bench     measure, side by side"
	@echo "make lock      renew the locked dependencies (needs uv)"

install: $(VENV)/.installed

# The stamp holds the lock's hash: a second start compares one file and is done.
$(VENV)/.installed: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Switchback needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1). Install one, then: make PYTHON=python3.12 $(or $(MAKECMDGOALS),install)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) has no venv. On Debian and Ubuntu: sudo apt install python3-venv. Then run this again."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what requirements/dev.txt pins (once, about half a minute) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

sandbox: install
	@$(BIN)/switchback sandbox $(ARGS)

test: install
	@$(BIN)/python -m pytest -n auto $(ARGS)

check: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy orchestrator
	@$(BIN)/lint-imports --no-cache

CHROMIUM ?= $(firstword $(wildcard /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome))

browser: install
	@test -n "$(CHROMIUM)" || { echo "make browser needs Chromium: sudo apt install chromium, or make browser CHROMIUM=/path/to/chrome"; exit 1; }
	@test -f $(VENV)/.browser || { $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/browser.txt && touch $(VENV)/.browser; }
	@CHROMIUM=$(CHROMIUM) $(BIN)/python -m pytest -m browser tests/browser $(ARGS)

long: install
	@$(BIN)/python -m pytest -n auto -m long $(ARGS)

bench: install
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

LOCK := uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock"

lock:
	$(LOCK) requirements/runtime.in -o requirements/runtime.txt
	$(LOCK) requirements/dev.in -o requirements/dev.txt
	$(LOCK) requirements/browser.in -c requirements/dev.txt -o requirements/browser.txt
	$(LOCK) requirements/sam.in -o requirements/sam.txt

include build.mk
