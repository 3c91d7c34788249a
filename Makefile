# `make` lists the targets. ARGS are passed on: make demo ARGS="--for 60 --vehicles 20"

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast test-nightly test-long test-postgres test-speed test-million axe lighthouse image-test chaos chaos-long lint browser bench screens catalogs lock clean
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# Three workers for two cores, since many tests wait; tests/distribution.py decides which tests run on which.
PARALLEL := -n 3 --dist loadgroup
ARGS ?=
# Each process would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make .venv with all packages (Python 3.11 or newer; PYTHON=... names one)
	@PYTHON="$(PYTHON)" scripts/make_venv.sh

demo: setup ## run the whole product with a simulated fleet until Ctrl-C (ARGS="--for S --vehicles N ...")
	@$(BIN)/python manage.py demo $(ARGS)

test: lint browser ## run everything: style, imports, types, all tests (ARGS for pytest)
	$(PYTEST) $(PARALLEL) $(ARGS)

test-fast: setup ## run the tests without browser and slow tests, about a minute
	$(PYTEST) $(PARALLEL) -m "not slow and not browser" $(ARGS)

test-nightly: setup ## run the property tests with ten thousand examples each, and the fuzzers of addresses and API
	NIGHTLY=1 $(PYTEST) $(PARALLEL) -m "hypothesis or nightly" $(ARGS)

test-long: lint browser ## run whole matrices and long runs that `make test` samples (ARGS for pytest)
	LONG=1 $(PYTEST) $(PARALLEL) $(ARGS)

test-postgres: setup ## run the tests that touch the database on a PostgreSQL server of their own (ARGS for pytest)
	$(BIN)/python -m tests.on_postgres $(PARALLEL) $(ARGS)

test-speed: setup ## compare CPU seconds, draw times and the way to the page with their limits, on an otherwise idle machine
	SPEED=1 $(PYTEST) -s tests/test_speed.py tests/browser/test_fleet_speed.py tests/system/test_time_to_page.py $(ARGS)

test-million: setup ## measure search, lists and figures on a million shipments
	MILLION=1 $(PYTEST) -s tests/tracking/test_million_shipments.py $(ARGS)

axe: setup browser ## open every page in each language, theme and width; axe must find nothing (ARGS for pytest)
	AXE=1 $(PYTEST) tests/browser/test_every_view.py $(ARGS)

lighthouse: setup ## measure the customer's page by Lighthouse as a phone (node; installs Lighthouse by npm)
	@[ -x build/lighthouse/node_modules/.bin/lighthouse ] || npm install --silent --no-save --prefix build/lighthouse lighthouse@12.2.3
	LIGHTHOUSE=1 $(PYTEST) -s tests/browser/test_lighthouse.py $(ARGS)

image-test: setup ## build the image's steps in a new Debian root and start each role there (Debian, root; installs mmdebstrap)
	@command -v mmdebstrap >/dev/null || { apt-get update -qq && apt-get install -qq --yes mmdebstrap; }
	IMAGE=1 $(PYTEST) -s tests/deploy/image $(ARGS)

chaos: setup ## kill, pause, cut off and throttle real processes; nothing may be lost (ARGS="--kills N --report F")
	@$(BIN)/python -m tests.chaos $(ARGS)

chaos-long: setup ## the same with 200 kills and 50 of webhooks, about an hour, and reshards; needs npm (ARGS="--report F")
	@! command -v npm >/dev/null || npm ci --silent --no-audit --no-fund --prefix tests/workers/kinesis_local
	@CHAOS_LONG=1 $(PYTEST) tests/workers/test_lineage.py tests/chaos/test_webhook_kills.py
	@$(BIN)/python -m tests.chaos --kills 200 --rate 10 $(ARGS)

lint: setup ## check style, imports between packages, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	BUILDING=1 $(BIN)/mypy

browser: setup ## find a Chromium for the browser tests, or install one
	@$(BIN)/python tests/browser/install_browser.py

bench: setup ## run all benches; reports go to docs/bench, charts to docs/img (ARGS="--check")
	@code=0; for bench in $$(ls laboratory/bench/suites | sed -n 's/^\([a-z]*\)\.py$$/\1/p'); do \
		$(BIN)/python manage.py bench $$bench --out docs/bench/$$bench.json --chart docs/img \
			--tables docs/performance.md $(ARGS) || code=$$?; done; exit $$code

screens: setup browser ## take the pictures in docs/screens from a demo, up to 20 minutes (ARGS="--demo F --out DIR --wait S")
	@$(BIN)/python scripts/take_screens.py $(ARGS)

catalogs: setup ## update the gettext catalogs in tracking/locale and notifications/locale
	@$(BIN)/python scripts/sync_catalogs.py

lock: setup ## update all requirements*.lock from pyproject.toml
	scripts/make_locks.sh

clean: ## remove generated files: caches, build, var (the demo's data); .venv stays
	rm -rf build var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
