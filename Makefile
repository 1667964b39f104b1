# The two commands a newcomer types are `make demo` and `make test`; each does all its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test pictures coverage test-long lint format readme locales migration bench lock clean

$(VENV)/.run: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "iopflow needs Python 3.11 or newer: set PYTHON=python3.x"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing iopflow and what it needs into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing what the tests need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.run
	@$(BIN)/iopflow demo $(ARGS)

# Three workers on two cores: those with a browser wait for it much of their time.
test: $(VENV)/.dev lint
	$(BIN)/pytest -n 3 --dist worksteal $(ARGS)

# Apart from the tests themselves, which it makes a third slower.
coverage: $(VENV)/.dev
	$(BIN)/pytest -n 2 --dist worksteal --cov --cov-report=term-missing:skip-covered --cov-fail-under=95 $(ARGS)

test-long: $(VENV)/.dev
	IOPFLOW_TEST_LONG=1 $(BIN)/pytest -n 2 --dist worksteal $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

# The guide's pictures, of those pages that no longer look like them.
pictures: $(VENV)/.dev
	$(BIN)/python -m tests.browser.shots $(ARGS)

readme: $(VENV)/.dev
	$(BIN)/python -m tests.generated

locales: $(VENV)/.dev
	$(BIN)/python -m tests.catalogues

# Until the first release the schema has one revision, made anew when a table changes.
migration: $(VENV)/.dev
	$(BIN)/python -m tests.migration

bench: $(VENV)/.dev
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	$(BIN)/python -m bench $(ARGS)

# Names, versions and hashes; no address of any package registry.
lock: $(VENV)/.dev
	$(BIN)/python -m tests.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
