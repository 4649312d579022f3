# Set-up and commands; `make demo` and `make test` work from a fresh clone with python3 >= 3.11, pip and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup demo serve test check format notebooks clean

help: ## list the commands
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/'

setup: $(READY) ## make .venv with everything in it

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("python3 >= 3.11 is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

demo: $(READY) ## start the service, send it the sample comments, show what came of them
	$(BIN)/python -m api demo

serve: $(READY) ## the service with its worker on http://127.0.0.1:8000
	$(BIN)/python -m api serve --with-worker

test: $(READY) ## the tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(READY) ## what CI runs: format, lint, types, import contracts, docstrings, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pydoclint --quiet voc_nlp api training
	$(MAKE) test

format: $(READY) ## mend format and what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

notebooks: $(READY) ## run the notebooks; copies with tables and figures go to build/notebooks
	mkdir -p build/notebooks
	$(BIN)/jupyter-execute notebooks/*.ipynb --output='../build/notebooks/{notebook_name}'

clean: ## remove what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
