PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup run test check bench prove requirements

setup: .venv/.ready

.venv/.ready: requirements/dev.txt pyproject.toml
	@echo "Installing Cadencia into .venv (once; about a minute) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Cadencia needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup
	@exec $(BIN)/cadencia up

test: setup
	$(BIN)/pytest -n 2 --dist worksteal

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cadencia workflows check

bench: setup
	$(BIN)/python -m benchmarks

prove: setup
	$(BIN)/python -m tools.prove

requirements: setup
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url pyproject.toml -o requirements/base.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url pyproject.toml --extra dev -o requirements/dev.txt
