# Each target is one line of dev.py, which needs nothing but Python 3.11: `python3 dev.py demo` does the same.
PYTHON ?= python3
PORT ?=
ARGS ?=

.PHONY: help demo install test test-long lint docs wheels

help:
	@$(PYTHON) dev.py --help

demo: ## make demo PORT=8123
	@$(PYTHON) dev.py demo $(if $(PORT),--port $(PORT))

install:
	@$(PYTHON) dev.py install

test: ## make test ARGS="tests/core -k import"
	@$(PYTHON) dev.py test $(ARGS)

test-long:
	@$(PYTHON) dev.py test-long $(ARGS)

lint:
	@$(PYTHON) dev.py lint

docs: ## the reference written anew, the pages in build/docs
	@$(PYTHON) dev.py docs

wheels:
	@$(PYTHON) dev.py wheels
