# `make demo` audits the example project, `make test` runs every check. Both make .venv where it is absent.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := pyproject.toml constraints.txt src/async_audit/_version.py

.DEFAULT_GOAL := test
.PHONY: demo test lint types contracts audit pages site fuzz scan-libraries clean

# The scan finds faults, which is exit status 1; any other failure fails the demo.
demo: $(VENV)/.installed
	@$(BIN)/async-audit scan fixtures/bookshop || test $$? -eq 1

# pytest comes last, so that its closing line ends the output.
test: lint types contracts audit site $(VENV)/.installed-fuzz
	$(BIN)/pytest -n auto

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.installed-dev
	$(BIN)/mypy

contracts: $(VENV)/.installed-dev
	$(BIN)/lint-imports

audit: $(VENV)/.installed-dev
	$(BIN)/async-audit scan src

# Writes the pages of docs/ that are made from the code.
pages: $(VENV)/.installed-dev
	$(BIN)/python -m scripts.documentation

# A warning fails the build. The variable silences Material's announcement of its successor.
site: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

# Each fuzzer for so many minutes; what came of it is counted in docs/reliability.md.
MINUTES ?= 1
fuzz: $(VENV)/.installed-fuzz
	$(BIN)/python -m scripts.fuzzing --minutes $(MINUTES)

scan-libraries: $(VENV)/.installed-dev
	$(BIN)/python -m scripts.fuzzing --libraries $(if $(PACKAGES),--packages $(PACKAGES))

clean:
	rm -rf .venv build dist site .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# pip is what `venv` makes last: an environment without it is made again.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo 'Python 3.10 or newer is needed. Name one: make PYTHON=python3.12 …' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(SOURCES) | $(BIN)/pip
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-dev: $(SOURCES) | $(BIN)/pip
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-docs: $(VENV)/.installed-dev
	$(PIP) install --constraint constraints.txt --editable '.[docs]'
	@touch $@

# For the tests of the HTML page, with any Chromium that is there; they are skipped without.
$(VENV)/.installed-browser: $(VENV)/.installed-dev
	$(PIP) install --constraint constraints.txt --editable '.[browser]'
	@touch $@

$(VENV)/.installed-fuzz: $(VENV)/.installed-dev
	$(PIP) install --constraint constraints.txt --editable '.[fuzz]'
	@touch $@
