PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin

.PHONY: brief test check fast bench clean

brief: $(VENV)/.run      ## install and write today's decision brief in both languages
	@$(BIN)/tomnext brief --lang zh-TW --out out
	@$(BIN)/tomnext brief --lang en --out out --quiet

test: check              ## everything the project promises, the same run as continuous integration
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup

check: $(VENV)/.dev      ## style, types and the walls between rooms
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

fast: $(VENV)/.dev       ## the quick tests only
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m "not slow"

bench: $(VENV)/.bench    ## timings beside the peers, correctness first
	@$(BIN)/python -m bench

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (set PYTHON=...)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian: apt install python3-venv"; exit 1; }

$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing tomnext (once, about half a minute) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing tomnext with its test tools (once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.bench: pyproject.toml constraints.txt | $(BIN)/python
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev,bench]'
	@touch $@ $(VENV)/.dev $(VENV)/.run

clean:
	rm -rf $(VENV) out
