# Everything a newcomer needs: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
DATA ?= data/demo
PORT ?= 8080
NATS_PORT ?= 4222
# Most tests wait for a server or a browser: three at a time are twice as fast on two cores. WORKERS=0: in turn, in one.
WORKERS ?= 3
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help demo test test-postgresql lint types check docs clean bench bench-profile tools-demo tools-test

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

# One line says what is missing on the machine, before anything is installed.
tools-demo:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo 'Python 3.11 or newer is missing; see README, "Install".' >&2; exit 3; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo 'python3-venv is missing: apt-get install -y python3-venv' >&2; exit 3; }

tools-test: tools-demo
	@command -v chromium >/dev/null \
	  || { echo 'Chromium is missing: apt-get install -y chromium' >&2; exit 3; }
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null \
	  || { echo 'PostgreSQL is missing: apt-get install -y postgresql' >&2; exit 3; }

$(BIN)/.demo: requirements/base.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/base.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(BIN)/.test: requirements/dev.txt $(BIN)/.demo
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

demo: tools-demo $(BIN)/.demo ## Install, start the whole system with the 2020 data of Cái Răng
	@exec $(BIN)/tdkt up --demo --data $(DATA) --port $(PORT) --nats-port $(NATS_PORT)

test: tools-test $(BIN)/.test ## Run every test: unit, contract, integration, browser
	$(PYTEST) $(ARGS)

test-postgresql: tools-test $(BIN)/.test ## Run again, on PostgreSQL, every test that touches a database
	$(PYTEST) --database postgresql $(ARGS)

lint: tools-demo $(BIN)/.test ## Check style, security rules, import contracts and dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .

types: tools-demo $(BIN)/.test ## Check types, tests included
	$(BIN)/python -m mypy

check: lint types test test-postgresql ## All of the above, as CI does

bench: tools-demo $(BIN)/.test ## Measure, as ratios (ARGS='--full': with a log of a million events)
	$(BIN)/python -m benchmarks $(ARGS)

bench-profile: tools-demo $(BIN)/.test ## Write benchmarks/profiles anew
	$(BIN)/python -m benchmarks --profiles benchmarks/profiles

docs: $(BIN)/.test ## Write the reference pages anew from the code
	$(BIN)/python -m docs.generate

clean: ## Remove the virtual environment and the demo's data
	rm -rf $(VENV) $(DATA)
