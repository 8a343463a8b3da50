# What anyone needs to do here. Wants only make and Python 3.11 to 3.13; everything else goes into .venv.
.DEFAULT_GOAL := help
.PHONY: help run demo up down test smoke-collector check bench chaos format lock

VENV := .venv
PY := $(VENV)/bin/python
# Asked only when .venv has to be made. A name on the PATH may be a stub, so each is tried.
PYTHON = $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$name && break; done)
PIP_INSTALL := .ci/again $(PY) -m pip install --quiet --no-input --disable-pip-version-check --require-hashes
# `docker compose` where there is one, else the older program
COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
# A file's tests stay together, so that they share their product. Three fill two cores: much of a test is waiting.
WORKERS := 3
SIDE_BY_SIDE = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# the settings that production has, as far as checks look at them
AS_IN_PRODUCTION := SECRET_KEY=check-only-$$(printf '%064d' 0)abcdefghij STACKLENS_BIND=0.0.0.0 ALLOWED_HOSTS=stacklens.example.com

help: ## show this
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

run: $(VENV)/.requirements ## install, prepare and start everything on this machine
	@$(PY) manage.py run

demo: $(VENV)/.requirements-dev ## the same, and a simulated shop that sends telemetry
	@$(PY) manage.py run --demo

up: ## everything in containers, with Kafka, Postgres, Elasticsearch and the rest
	$(COMPOSE) up --detach --build
	@echo 'http://localhost:3001, user admin; the first password: $(COMPOSE) logs setup'

down: ## stop the containers; their data stays
	$(COMPOSE) down

test: $(VENV)/.requirements-dev ## the whole test suite; CI=true lets nothing be skipped for want of a tool
	@.ci/tools
	$(PY) -m pytest $(SIDE_BY_SIDE) tests --ignore=tests/browser
	$(PY) -m tests.on_postgres $(SIDE_BY_SIDE)
	$(PY) -m pytest $(SIDE_BY_SIDE) tests/browser

smoke-collector: export CI := true
smoke-collector: $(VENV)/.requirements-dev ## the real Collector with our configuration, into a real Kafka, to the alert
	$(PY) -m pytest tests/house/test_collector_config.py tests/journeys/test_collector.py

check: $(VENV)/.requirements-dev ## lint, format, types, imports, migrations, deploy settings, API schema
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy .
	$(VENV)/bin/lint-imports --no-logo
	$(PY) manage.py makemigrations --check --dry-run
	@echo 'manage.py check --deploy, with settings as in production'
	@$(AS_IN_PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	$(PY) manage.py spectacular --validate --fail-on-warn --file /dev/null

bench: SECONDS := 30
bench: RECORDS := 50000
bench: $(VENV)/.requirements-dev ## the benchmarks: a table, and benchmarks/results/*.json; SECONDS=300 RECORDS=1000000 for the long run
	$(PY) -m benchmarks
	$(PY) -m benchmarks.mixed
	$(PY) -m benchmarks.endtoend --seconds $(SECONDS)
	$(PY) -m benchmarks.tail --seconds $(SECONDS)
	$(PY) -m benchmarks.search --backend sqlite --records $(RECORDS)
	$(PY) -m benchmarks.search --backend postgres --records $(RECORDS)
	$(PY) -m benchmarks.search --backend elasticsearch --records $(RECORDS)
	$(PY) -m benchmarks.findable
	$(PY) -m benchmarks.findable --elasticsearch

chaos: ROUNDS := 50
chaos: SEED := $(shell date +%s)
chaos: $(VENV)/.requirements-dev ## kill and restart everything under load on real servers, then compare; ROUNDS=200 SEED=7
	$(PY) -m tests.chaos --rounds $(ROUNDS) --seed $(SEED)

format: $(VENV)/.requirements-dev ## put the code into its format
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

lock: $(VENV)/.requirements-dev ## compile requirements*.in into requirements*.txt
	$(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet requirements-dev.in -o requirements-dev.txt
	$(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet -c requirements-dev.txt requirements.in -o requirements.txt

$(PY):
	@test -n "$(PYTHON)" || { echo 'StackLens needs Python 3.11, 3.12 or 3.13; none was found' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Stamps: nothing is installed again until the list changes.
$(VENV)/.requirements: requirements.txt | $(PY)
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.requirements-dev: requirements-dev.txt | $(PY)
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@ $(VENV)/.requirements
