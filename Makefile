# Everything that is done with the project. `make demo` and `make test` install what they need.

PORT ?= 8000
PYTHON := .venv/bin/python
BROWSER_PACKAGES := chromium fonts-noto-core
SERVER_PACKAGES := nginx postgresql redis-server
WORDS := $(wildcard frontend/locale/*/LC_MESSAGES/*.po)
CATALOGUES := $(WORDS:.po=.mo)
# The languages of which every word is translated; `make messages TRANSLATED=sd` begins another.
TRANSLATED ?= ur et zh_Hant

.PHONY: help demo test lint format bench bench-faults bench-live bench-map bench-pages catalogues messages pins clean

help:
	@echo "make demo    fill a demo and serve it on http://localhost:$(PORT)  (PORT=... for another)"
	@echo "make test    every test, on SQLite and on PostgreSQL with Redis, and in a browser"
	@echo "make lint    style, types, imports, templates, settings, translations"
	@echo "make format  rewrite the code in the common style"
	@echo "make bench   how fast it is (bench-map: the opinion map; bench-pages: slow lines;"
	@echo "             bench-live: votes and news of the live room; bench-faults: every part of"
	@echo "             the site fails under votes, then an hour's soak; FAULTS=\"--soak 60\" shorter)"

demo: .venv/has-run catalogues
	@PORT=$(PORT) scripts/demo

test: .venv/has-test catalogues
	@scripts/system-packages $(BROWSER_PACKAGES) $(SERVER_PACKAGES)
	@scripts/test

lint: .venv/has-lint catalogues
	@scripts/lint

format: .venv/has-lint
	$(PYTHON) frontend/build_css.py
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix --quiet .

bench: bench-map bench-pages bench-live bench-faults

bench-faults: .venv/has-test catalogues
	@scripts/system-packages $(SERVER_PACKAGES)
	$(PYTHON) -m tests.faults.full $(FAULTS)

bench-map: .venv/has-test
	$(PYTHON) -m tests.benchmarks.bench_map

bench-pages: .venv/has-test catalogues
	@scripts/system-packages $(BROWSER_PACKAGES)
	$(PYTHON) -m tests.benchmarks.bench_pages

bench-live: .venv/has-test catalogues
	@scripts/system-packages $(SERVER_PACKAGES)
	$(PYTHON) -m tests.benchmarks.bench_live

# Translations: compiled for every run, extracted by whoever changes the words.

catalogues: $(CATALOGUES)

$(CATALOGUES) &: $(WORDS) config/catalogues.py config/offered_languages.py | .venv/has-run
	@$(PYTHON) -m config.catalogues

messages: .venv/has-run
	@scripts/system-packages gettext
	$(PYTHON) manage.py makemessages $(TRANSLATED:%=--locale %) --no-wrap --no-obsolete --add-location file \
		--ignore .venv --ignore var --ignore tests

# The virtual environment: a file per purpose says that what it needs is installed.

.venv/has-run: pyproject.toml constraints.txt scripts/install
	@scripts/install '.' $@

.venv/has-test: pyproject.toml constraints.txt scripts/install
	@scripts/install '.[test]' $@ .venv/has-run

.venv/has-lint: pyproject.toml constraints.txt scripts/install
	@scripts/install '.[test,lint]' $@ .venv/has-run .venv/has-test

pins:
	@scripts/pin

clean:
	rm -rf .venv *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf screenshots $(CATALOGUES)
