# Everything a person or a machine does with the product. Each target makes the environment it needs by itself.
# Paths are relative and quoted where they vary: the project may lie in a folder with spaces.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
BROWSERS := chromium chromium-browser google-chrome google-chrome-stable chrome

# What decides about money and people: rules, permissions, services, the rule-book. Every branch is tested.
RULES := */permissions.py,*_permissions.py,*/permissions/*,*/services.py,*/services/*,creditrisk/business_days/calendar.py,creditrisk/exchange_rates/conversion.py,creditrisk/image_size.py,creditrisk/jobs/periods.py,creditrisk/jobs/schedule.py,creditrisk/notifications/bounce_reports.py,creditrisk/notifications/robot_protocols.py,creditrisk/notifications/sending_hours.py,creditrisk/policy/*,creditrisk/policy/*/*,creditrisk/quarters.py,customers/credit_check.py,customers/credit_limits.py,customers/duplicates.py,customers/file_confirmation.py,customers/groups.py,customers/import_plan.py,customers/import_rows.py,customers/master_data.py,customers/merging.py,customers/names.py,customers/numbers.py,customers/payment_terms.py,customers/reassignment.py,customers/self_check_periods.py,customers/validity.py,receivables/aging.py,receivables/classification.py,receivables/damages.py,receivables/delivery_order.py,receivables/disputed.py,receivables/dunning.py,receivables/effectiveness.py,receivables/letters/wording.py,receivables/letters/wording_diff.py,receivables/next_contact.py,receivables/open_amounts.py,receivables/payment_speed.py,receivables/priority.py,receivables/promises.py,receivables/reading/bucket_names.py,receivables/reading/choices.py,receivables/selectors/own_buckets.py,reviews/annual_cycle.py,reviews/approval_chain.py,reviews/chain_check.py,reviews/completeness.py,reviews/deadlines.py,reviews/decision_log.py,reviews/grade_adjustment.py,reviews/grading.py,reviews/scoring.py,reviews/verification_code.py,supervision/simulated_parts.py

.DEFAULT_GOAL := help
.PHONY: help setup run test check browser bench lock messages clean

help:
	@echo "make run       start the product (PORT=8000, DEMO=0 without the demo, CREDITRISK_DATA_DIR=var)"
	@echo "make test      all checks and tests, with a browser"
	@echo "make check     lint, types, imports, templates, migrations, translations, deployment"
	@echo "make bench     measure against the limits"
	@echo "make setup     make the environment in .venv and nothing else (PYTHON=python3)"
	@echo "make messages  collect the texts to translate"
	@echo "make lock      resolve the dependencies anew"
	@echo "make clean     remove what can be made again (never var/)"

setup: $(INSTALLED)

$(INSTALLED): requirements/all.lock
	@command -v "$(PYTHON)" >/dev/null || { echo "Error: $(PYTHON) is not here. Install Python 3.11 or later, or name yours: make setup PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Error: $$("$(PYTHON)" --version) is too old. Python 3.11 or later is needed: make setup PYTHON=python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "Error: this Python has no venv module. Install it (Debian, Ubuntu: apt install python3-venv) and try again." >&2; exit 1; }
	"$(PYTHON)" -m venv .venv
	@awk '/^[^ ]/ { wanted = /^uv==/ } wanted' requirements/all.lock > .venv/uv.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.lock
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/all.lock
	@touch $(INSTALLED)

# `exec`: the launcher is make's own child, and ends with it even when make is killed.
run: $(INSTALLED)
	@exec $(BIN)/python -m creditrisk.embedded.launcher --end-with-parent

test: check browser
	$(BIN)/python -m pytest -n 2 --dist loadfile --cov --cov-report=term:skip-covered --cov-fail-under=90
	$(BIN)/coverage report --skip-covered --fail-under=100 --include="$(RULES)"

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	CREDITRISK_LOCAL=1 $(BIN)/mypy
	$(BIN)/lint-imports
	find templates -name '*.html' -print0 | xargs -0 $(BIN)/djade --check --target-version 5.2
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py messages check
	$(BIN)/python manage.py approval_chain_diagram --check
	CREDITRISK_LOCAL=0 DEBUG=0 ALLOWED_HOSTS=credit.example.com \
		SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
		DATABASE_URL=postgres://creditrisk@localhost/creditrisk REDIS_URL=redis://localhost:6379/0 \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

browser: $(INSTALLED)
	@if [ -n "$$CREDITRISK_CHROMIUM" ]; then \
		[ -x "$$CREDITRISK_CHROMIUM" ] && exit 0; \
		echo "Error: CREDITRISK_CHROMIUM=$$CREDITRISK_CHROMIUM is no program." >&2; exit 1; \
	fi; \
	found() { \
		for name in $(BROWSERS); do command -v "$$name" >/dev/null && return 0; done; \
		$(BIN)/python -c 'import pathlib, sys; from playwright.sync_api import sync_playwright; p = sync_playwright().start(); path = pathlib.Path(p.chromium.executable_path); p.stop(); sys.exit(not path.exists())'; \
	}; \
	found && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium ..."; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	fi; \
	found || $(BIN)/playwright install chromium; \
	found || { echo "Error: the tests need a Chromium browser and none could be installed. Install one, or set CREDITRISK_CHROMIUM to its program." >&2; exit 1; }

bench: $(INSTALLED)
	$(BIN)/python -m bench

lock: $(INSTALLED)
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header -o requirements/runtime.lock
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --all-extras -o requirements/all.lock

messages: $(INSTALLED)
	$(BIN)/python manage.py messages extract > /dev/null
	$(BIN)/python manage.py messages update

clean:
	rm -rf staticfiles htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
	find . -name '*.mo' -not -path './.venv/*' -delete
