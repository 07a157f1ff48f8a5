# Everything a fresh machine needs beyond make and git is Python 3.11 or newer; the rest goes into .venv.
# Works with GNU make from 3.81, which is macOS's.

VENV := .venv
PY := $(VENV)/bin/python

# A changed lock file makes its stamp old, and so installs again. The development lock holds the core one's pins.
CORE := $(VENV)/.core-installed
DEV := $(VENV)/.dev-installed

# The interpreter for the virtual environment; empty: the newest that works.
PYTHON ?=
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3.14 python3.13 python3.12 python3.11 python3)
# Tried by running it: a name on the PATH may be a shim with nothing behind it, and some systems ship Python without ensurepip.
USABLE := import sys, ensurepip, sqlite3, ssl, venv; sys.exit(sys.version_info < (3, 11))
NO_PYTHON := Backup Medic needs Python 3.11 or newer with its venv module. Install it (Debian, Ubuntu: apt install python3-venv; \
macOS: brew install python; others: https://www.python.org/downloads/), or name one: make PYTHON=/path/to/python3 run

# The lock file is complete and hashed. PIP_USER is cleared since a personal default of --user cannot work in a virtual environment.
INSTALL := PIP_USER=0 $(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r

HAS_TOKEN := [ -n "$$TELEGRAM_BOT_TOKEN" ] || \
grep -Eqs "^ *(export +)?TELEGRAM_BOT_TOKEN *= *[\"']?[^\"' \#]" .env

# The machine's own Python packages stay out of ours; and what Python and pytest compile is kept, or each worker of each run compiles it anew.
unexport PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE

# More for pytest or bench: make test ARGS="-k storage"
ARGS ?=
# How long each target is fuzzed: make fuzz SECONDS=600
SECONDS ?= 60
# More for uv: make lock UV_ARGS="--upgrade-package click"
UV_ARGS ?=
COMPILE := $(PY) -m uv pip compile pyproject.toml --no-config --universal --python-version 3.11 --generate-hashes \
--custom-compile-command "make lock" --quiet $(UV_ARGS)

.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help run test slow check lint format deploy-check try-systemd soak fuzz bench lock update audit docs dist release fonts schemas clean core dev conversations

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F '|' '{ printf "%-16s%s\n", $$1, $$2 }'

run: core ## start the bot: on Telegram with TELEGRAM_BOT_TOKEN set (environment or .env), else in the terminal
	@if $(HAS_TOKEN); then exec $(PY) -m bot run; fi; \
	echo 'No TELEGRAM_BOT_TOKEN, so we talk here in the terminal. For Telegram: open @BotFather there, send /newbot,'; \
	echo 'and put the token that you get into .env as TELEGRAM_BOT_TOKEN=... (see .env.example), then make run again.'; \
	exec $(PY) -m bot chat

test: dev ## run the tests; ARGS="-k storage" picks some
	$(PY) -m pytest -n auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder -m 'not slow' $(ARGS)

slow: dev ## run what `make test` leaves out: the tests of what is released, and all cases of those that it samples
	SAMPLE=all $(PY) -m pytest -n auto --maxprocesses 8 --dist loadgroup -m 'slow or sampled or hypothesis' $(ARGS)

check: core ## check the content: every problem at once, with file and line
	$(PY) -m bot check

lint: dev ## style, format, types, and which module may import which
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) $(VENV)/bin/lint-imports --no-logo

format: dev ## put code and imports in order
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

deploy-check: dev ## have the files of deploy/ checked by their validators; what is not installed is skipped with a line that says where it comes from
	@$(INSTALL) deploy/requirements-check.txt
	$(PY) deploy/check.py

try-systemd: dev ## as root, on Debian with debootstrap: follow the way with systemd of deploy/README.md on a new Debian, and talk to the bot
	$(PY) -m deploy.try_systemd

soak: dev ## kill the bot a thousand times in all its modes, and see that nothing is lost; KILLS=4 for a short run
	$(PY) -m pytest tests/soak -o 'python_files=soak_*.py' -s $(ARGS)

fuzz: dev ## try anything at all wherever strangers' bytes come in: with Hypothesis, then SECONDS (60) for each target with atheris, if it is there
	HYPOTHESIS_PROFILE=soak $(PY) -m pytest -n auto tests/test_fuzzing.py tests/test_updates.py tests/test_presses.py tests/test_codec.py $(ARGS)
	$(PY) -m tests.fuzz $(SECONDS)

bench: dev ## long measurements: tests/bench/bench_*.py, one after the other
	@[ -d tests/bench ] || { echo 'No measurements yet: they go into tests/bench/bench_*.py'; exit 1; }
	$(PY) -m pytest tests/bench -o 'python_files=bench_*.py' -s $(ARGS)

conversations: dev ## play the scripted evenings, and write docs/conversations; needs tesseract
	$(PY) -m tests.evenings

fonts: dev ## cut the fonts of the pictures anew, after new letters; needs Debian's fonts-inter and fonts-noto-cjk-extra
	$(PY) deploy/fonts.py

schemas: core ## write the JSON Schemas of the content for editors
	$(PY) -m bot schemas

# Each with the pins of the one before it: with the extras web, metrics, pictures, links and postgres (what is installed by it can serve the
# webhook, be watched, draw, and run on several machines); with every extra; with all that developing needs; what checks deploy/, alone.
lock: | $(VENV)/bin/uv ## make the lock files from pyproject.toml, keeping pins that still fit
	$(COMPILE) --extra web --extra metrics --extra pictures --extra links --extra postgres --output-file deploy/requirements.txt
	$(COMPILE) --all-extras --constraint deploy/requirements.txt --output-file deploy/requirements-extras.txt
	$(COMPILE) --all-extras --group dev --constraint deploy/requirements-extras.txt --output-file deploy/requirements-dev.txt
	$(filter-out pyproject.toml,$(COMPILE)) --group deploy --constraint deploy/requirements-dev.txt --output-file deploy/requirements-check.txt

update: | $(VENV)/bin/uv ## renew every pin of the lock files that can be, and say what changed
	$(PY) deploy/update.py $(MAKE) --no-print-directory lock UV_ARGS=--upgrade

# Not locked: what it knows must be new. It asks a service about each package, so it is no part of CI.
audit: | $(VENV)/bin/uv ## ask for known vulnerabilities of everything in the lock files
	$(PY) -m uv tool run --quiet 'pip-audit>=2.10,<3' --strict --disable-pip --require-hashes --progress-spinner off -r deploy/requirements-dev.txt

docs: dev ## build the documentation as a site, into build/docs
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --quiet --strict --config-file deploy/site/mkdocs.yml

dist: dev ## build wheel, sdist, bill of materials and checksums of this commit into dist/
	$(PY) deploy/release.py build

release: dev ## see that this commit can be released (version, changelog, checkout, tests), and build it into dist/
	$(PY) deploy/release.py check
	$(MAKE) --no-print-directory lint check docs test slow
	$(PY) deploy/release.py check
	rm -rf dist
	$(PY) deploy/release.py build
	@echo 'Now: git tag --sign v$$($(PY) -c "import bot; print(bot.__version__)"), and publish what is in dist/ (docs/releasing.md).'

clean: ## remove the virtual environment, caches and builds; databases and .env stay
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

core: $(CORE)
dev: $(DEV) ## set up everything that developing needs

$(CORE): deploy/requirements.txt | $(PY)
	@echo 'Installing what the bot needs into $(VENV) ...'
	@$(INSTALL) deploy/requirements.txt
	@touch $@

$(DEV): deploy/requirements-dev.txt | $(PY)
	@echo 'Installing what the bot and its tests need into $(VENV) ...'
	@$(INSTALL) deploy/requirements-dev.txt
	@touch $@ $(CORE)

$(VENV)/bin/uv: | $(PY)
	@$(MAKE) --no-print-directory dev

$(PY):
	@for python in $(CANDIDATES); do \
		if "$$python" -c '$(USABLE)' >/dev/null 2>&1; then \
			"$$python" -m venv --clear $(VENV) && exit 0; \
			rm -rf $(VENV); exit 1; \
		fi; \
	done; \
	echo '$(NO_PYTHON)' >&2; exit 1
