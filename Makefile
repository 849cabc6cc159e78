# The commands of this project. `make help` lists them.
# Everything runs in .venv, made here; only Python 3.11, make and a package index are needed.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
BIN := .venv/bin
TRANSLATIONS := $(wildcard mapper/translations/*/LC_MESSAGES/*.po)
PIP := $(BIN)/pip install -qq --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help install demo test check bench prove lock chromium clean

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

install: .venv/installed  ## make .venv with everything needed to run

.venv/dependencies: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "mapper needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/pip || { echo "Making .venv …"; $(PYTHON) -m venv .venv; }
	@echo "Installing the locked dependencies …"
	@$(PIP) --require-hashes -r requirements.txt
	@touch $@

.venv/installed: .venv/dependencies pyproject.toml scripts/compile_translations.py $(TRANSLATIONS)
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c "from mapper.search import prepare; prepare()"
	@touch $@

.venv/test-dependencies: .venv/installed requirements-test.txt
	@echo "Installing what the tests need …"
	@$(PIP) --require-hashes -r requirements-test.txt
	@touch $@

.venv/bench-dependencies: .venv/test-dependencies requirements-bench.txt
	@echo "Installing what is measured beside mapper …"
	@$(PIP) --require-hashes -r requirements-bench.txt
	@touch $@

demo: .venv/installed  ## serve the map of Brussels with its real inventory on http://127.0.0.1:8000
	@exec $(BIN)/mapper demo

chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests …"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else \
		echo "The browser tests need Chromium: install your system's package “chromium”, then run make test again."; exit 1; \
	fi

test: .venv/test-dependencies chromium  ## run all tests, those in a real browser too; shows the slowest ten
	@$(BIN)/python -m pytest --numprocesses auto

check: .venv/test-dependencies  ## ruff and mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: .venv/bench-dependencies chromium  ## measure: ratios beside named peers, on fictional inventories
	@$(BIN)/python scripts/bench.py

prove: .venv/test-dependencies  ## long proofs: 10,000 random paths, 1,000 killed writers, syncs, a full disk (some minutes)
	@$(BIN)/python scripts/prove.py

lock:  ## lock the dependencies again, with hashes (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade \
		--extra build pyproject.toml --output-file requirements.txt
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade \
		--extra build --extra test --constraint requirements.txt pyproject.toml --output-file requirements-test.txt
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade \
		--extra build --extra test --extra bench --constraint requirements-test.txt pyproject.toml --output-file requirements-bench.txt

clean:  ## remove what was made here (not your instance)
	@rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +
