# Nothing is needed beside Python 3.11 or newer, make and git; everything else lands in .venv and .data.

PYTHON := .venv/bin/python
INSTALL := $(PYTHON) -m pip install --quiet --disable-pip-version-check
SETTINGS_OF_PRODUCTION := DJANGO_SETTINGS_MODULE=csplatform.settings.production \
	ALLOWED_HOSTS=desk.example.org PUBLIC_URL=https://desk.example.org
RANDOM_KEY := import secrets; print(secrets.token_urlsafe

.DEFAULT_GOAL := help
.PHONY: help up test check format shell

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: .venv/.installed ## Run the whole platform on this machine until Ctrl-C
	@$(PYTHON) -m csplatform.embedded up

test: .venv/.installed-dev ## Run every test
	$(PYTHON) -m pytest -n 2 --dist worksteal

check: .venv/.installed-dev ## Lint, format, types, import directions, migrations, catalogues, channels, production settings
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(PYTHON) -m csplatform.embedded run --throwaway -- $(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py catalogues --check
	$(PYTHON) manage.py channels_table --check
	$(SETTINGS_OF_PRODUCTION) SECRET_KEY=$$($(PYTHON) -c '$(RANDOM_KEY)(60))') \
		CREDENTIAL_KEYS=$$($(PYTHON) -c '$(RANDOM_KEY)(32) + "=")') \
		$(PYTHON) manage.py check --deploy --fail-level WARNING

format: .venv/.installed-dev ## Format the code and fix what can be fixed
	$(PYTHON) -m ruff check --fix
	$(PYTHON) -m ruff format

shell: .venv/.installed ## Open a Django shell on the kept data, beside `make up` or without it
	@$(PYTHON) -m csplatform.embedded run -- $(PYTHON) manage.py shell

.venv/.installed: requirements.txt | $(PYTHON)
	@echo "Installing requirements.txt into .venv ..."
	@$(INSTALL) -r requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@echo "Installing requirements-dev.txt into .venv ..."
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

# The newest Python that is at least 3.11 and can make a virtual environment with pip in it.
$(PYTHON):
	@for python in python3.14 python3.13 python3.12 python3.11 python3; do \
		if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making .venv with $$($$python --version)."; \
			exec $$python -m venv .venv; \
		fi; \
	done; \
	echo "There is no usable Python 3.11 or newer on PATH. On Debian: apt-get install python3 python3-venv" >&2; \
	exit 1
