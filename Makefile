# The front door: `make help` lists what there is. A fresh machine needs Python 3.11 to 3.13, git and make; the rest is
# installed on the way (Python packages into .venv, Debian packages by apt when run as root).
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { echo "$$p"; exit; }; \
	done; echo no-python-3.11-to-3.13-found)
CACHE := $(or $(ASR_MOBILITY_CACHE),$(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/asr-mobility)
COLLECTION := ansible_collections/asr/mobility
TESTS := $(COLLECTION)/tests
STAMPS := .stamps
VENV := .venv
# The ansible-cores before the newest one, each in an environment of its own (.venv-2.17); the oldest is always made.
OLDEST := 2.16
BETWEEN := 2.17 2.18
OLDER := $(OLDEST) $(BETWEEN)
FOREIGN := $(CACHE)/collections

export PYTHON
export ASR_MOBILITY_CACHE := $(CACHE)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR):$(FOREIGN)

STEP := .ci/step
LAB := env PYTHONPATH=$(CURDIR):$(TESTS) $(VENV)/bin/python -m
PYTEST := $(VENV)/bin/python -m pytest
# Tests with hosts mostly wait for them: some of them side by side, each with hosts of its own.
SIDE_BY_SIDE := -n 3

# Fast things first, so that a slip shows within a minute. Then two rows side by side: what computes and, after it, the
# scenarios with many hosts; and what mostly waits for hosts.
FIRST := lint types build
ONE_ROW := unit docs cores sanity molecule-rhel molecule-ubuntu molecule-legacy
OTHER_ROW := smoke conformance contract system molecule-debian molecule-no-python molecule-sles

.PHONY: demo test unit sanity lint types docs molecule benchmark build clean help kernel-lists support-table
.PHONY: venv system-packages images conformance contract system smoke cores cores-venv

demo: system-packages $(STAMPS)/venv $(STAMPS)/foreign ## Install the Mobility service double on a throw-away host over SSH, twice, and show the proof
	@$(STEP) demo $(LAB) lab.demo

test: venv images ## Run the whole suite; every part runs, the exit code is not 0 when one failed
	@$(LAB) lab.hosts
	@MAKE="$(MAKE)" .ci/suite "$(FIRST)" "$(ONE_ROW)" "$(OTHER_ROW)"

unit: venv ## Run the unit tests (no container, a minute or two)
	@$(STEP) unit $(PYTEST) -n 2 $(TESTS)/unit $(ARGS)

sanity: venv ## Run ansible-test sanity with no ignored finding
	@$(STEP) sanity $(VENV)/bin/python .ci/sanity "$(CACHE)" $(ARGS)

lint: venv ## Check style: ruff, yamllint, ansible-lint, shellcheck
	@$(STEP) lint .ci/lint

types: venv ## Check types: mypy --strict
	@$(STEP) types .ci/types

docs: venv ## Check the documentation of plugins and roles, and the changelog
	@$(STEP) docs .ci/docs

molecule: venv images ## Run one Molecule scenario: make molecule SCENARIO=debian
	@test -n "$(SCENARIO)" || { echo "make molecule SCENARIO=name; there are: $$(cd $(COLLECTION)/molecule && ls -d */molecule.yml | cut -d/ -f1 | tr '\n' ' ')"; exit 2; }
	@$(STEP) molecule-$(SCENARIO) .ci/molecule $(SCENARIO)

benchmark: venv images ## Measure fresh installs and reruns beside what else one would use (an hour; ARGS=--quick: a minute)
	@$(STEP) benchmark env PYTHONPATH=$(TESTS) $(VENV)/bin/python -m benchmarks $(ARGS)

build: venv ## Build the collection's archive into dist/
	@$(STEP) build .ci/build

kernel-lists: venv ## Renew the kernel lists from Microsoft's published files: make kernel-lists DIR=/path/to/SupportedKernels
	@$(VENV)/bin/python -m maintenance.kernel_lists "$(DIR)"

support-table: venv ## Write docs/support-table.md anew from the scenarios, the tests and the identity cases
	@$(LAB) maintenance.support_table

clean: ## Remove what the targets made in the checkout (the cache of images stays: see CACHE)
	@if [ -x $(VENV)/bin/python ] && command -v podman >/dev/null 2>&1; then $(LAB) lab.hosts; fi
	rm -rf $(VENV) $(OLDER:%=.venv-%) $(STAMPS) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .ansible $(TESTS)/output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do printf '  %-16s %s\n' "$$name" "$$text"; done
	@echo '  cache            $(CACHE) (set ASR_MOBILITY_CACHE to move it)'

conformance: venv images ## Check that the installer double behaves as Microsoft's installer was observed to
	@$(STEP) conformance $(PYTEST) $(SIDE_BY_SIDE) $(TESTS)/conformance $(ARGS)

contract: venv images ## Check the target contract against real logins and connections
	@$(STEP) contract $(PYTEST) $(TESTS)/contract $(ARGS)

system: venv images ## Run the collection against whole hosts
	@$(STEP) system $(PYTEST) $(SIDE_BY_SIDE) --dist loadfile $(TESTS)/system $(ARGS)

smoke: venv cores-venv images build ## Run one life cycle on every supported ansible-core
	@$(STEP) smoke $(PYTEST) -n 2 $(TESTS)/smoke $(ARGS)

cores: venv cores-venv ## Run the unit tests on every older ansible-core, each script under one shell
	@$(STEP) cores .ci/cores $(OLDER) -- -n 2 $(TESTS)/unit $(ARGS)

cores-venv: $(BETWEEN:%=$(STAMPS)/venv-%)

images: system-packages $(STAMPS)/venv ## Build the images of the lab's hosts (cached)
	@$(STEP) images $(LAB) lab.images --all

venv: system-packages $(STAMPS)/venv $(STAMPS)/venv-$(OLDEST) $(STAMPS)/foreign ## Make the Python environments

system-packages: ## Install the Debian packages that are needed, when root
	@.ci/system-packages

$(STAMPS)/venv: requirements/tests.txt
	@mkdir -p $(STAMPS)
	@.ci/system-packages
	@$(STEP) "python environment" .ci/environment $(VENV) requirements/tests.txt
	@touch $@

$(STAMPS)/venv-2.%: requirements/core-2.%.txt requirements/unit-tests.txt
	@mkdir -p $(STAMPS)
	@$(STEP) "python environment with ansible-core 2.$*" .ci/environment .venv-2.$* requirements/core-2.$*.txt
	@touch $@

$(STAMPS)/foreign: .ci/foreign-collections | $(STAMPS)/venv
	@$(STEP) "collections of others" $(VENV)/bin/python .ci/foreign-collections "$(FOREIGN)"
	@touch $@
