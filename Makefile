# make app   installs into .venv (once) and starts the app
# make test  installs the test tools too and runs everything, browser tests included
# make lint  style and types only

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: app test lint assets clean

app: .venv/.app
	@$(BIN)/vaegc app

# Every part runs, whatever the others say; the end fails if one did.
test: .venv/.test
	@failed=0; \
	$(MAKE) --no-print-directory lint || failed=1; \
	$(BIN)/python -m pytest -m "not browser" -n 2 --dist worksteal || failed=1; \
	$(BIN)/python -m pytest -m browser -n 2 --dist loadfile || failed=1; \
	exit $$failed

lint: .venv/.test
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

assets: .venv/.app
	@$(BIN)/vaegc bench assets

clean:
	rm -rf .venv build dist tests/js/node_modules

# The files below are stamps: they are made again when what is to be installed has changed.
.venv/.app: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "vaegc needs Python 3.11 or newer; name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing into .venv; the first time takes a few minutes (PyTorch is large) …"
	@$(PIP) -e .
	@$(BIN)/python -c "import vaegc; vaegc.Experiment(dataset='moons', n=50, model=None).packed_scene()" # compiles once, here rather than under a click
	@touch $@

.venv/.test: .venv/.app tests/js/package.json
	@$(PIP) -e '.[test]'
	@if command -v npm >/dev/null; then npm install --prefix tests/js --no-package-lock --no-audit --no-fund --silent; else echo "npm is not installed; the tests with axe-core are skipped."; fi
	@touch $@
