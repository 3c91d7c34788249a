# `make` lists what can be done. ARGS are handed on: make demo ARGS="--for 60 --vehicles 20"

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast test-nightly test-speed chaos chaos-long lint browser bench catalogs lock clean
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# Two workers; see tests/distribution.py for which tests go to which.
PARALLEL := -n 2 --dist loadgroup
ARGS ?=

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make .venv with all packages (Python 3.11 or newer; PYTHON=... names one)
	@PYTHON="$(PYTHON)" scripts/make_venv.sh

demo: setup ## run the whole product here, with a simulated fleet, until Ctrl-C (ARGS="--for S --vehicles N ...")
	@$(BIN)/python manage.py demo $(ARGS)

test: lint browser ## everything: style, arrows, types, all tests (ARGS for pytest)
	$(PYTEST) $(PARALLEL) $(ARGS)

test-fast: setup ## without browser and slow tests, in a minute
	$(PYTEST) $(PARALLEL) -m "not slow and not browser" $(ARGS)

test-nightly: setup ## the property tests alone, with ten thousand examples each
	NIGHTLY=1 $(PYTEST) $(PARALLEL) -m hypothesis $(ARGS)

test-speed: setup ## what has to be fast: CPU seconds against their limits, on a machine that does nothing else
	SPEED=1 $(PYTEST) tests/test_speed.py $(ARGS)

chaos: setup ## kill, stop, cut and throttle real processes; nothing may be lost (ARGS="--kills N --report F")
	@$(BIN)/python -m tests.chaos $(ARGS)

chaos-long: setup ## the same with 200 kills, half an hour or more, and reshards on kinesis-local (ARGS="--report F")
	@! command -v npm >/dev/null || npm ci --silent --no-audit --no-fund --prefix tests/workers/kinesis_local
	@CHAOS_LONG=1 $(PYTEST) tests/workers/test_lineage.py
	@$(BIN)/python -m tests.chaos --kills 200 --rate 10 $(ARGS)

lint: setup ## style, arrows between packages, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	BUILDING=1 $(BIN)/mypy

browser: setup ## find a Chromium for the browser tests, or install one
	@$(BIN)/python tests/browser/install_browser.py

bench: setup ## measure everything beside its peers; reports into docs/bench, charts into docs/img (ARGS="--check")
	@code=0; for bench in $$(ls laboratory/bench/suites | sed -n 's/^\([a-z]*\)\.py$$/\1/p'); do \
		$(BIN)/python manage.py bench $$bench --out docs/bench/$$bench.json --chart docs/img \
			--tables docs/performance.md $(ARGS) || code=$$?; done; exit $$code

catalogs: setup ## write the gettext catalogs of all texts: tracking/locale, notifications/locale
	@$(BIN)/python scripts/sync_catalogs.py

lock: setup ## write all requirements*.lock anew from pyproject.toml
	scripts/make_locks.sh

clean: ## remove what was made: caches, build, var (the demo's data); .venv stays
	rm -rf build var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
