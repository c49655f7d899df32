# Everything is in dev.py (standard library only); these are short names for its commands.
PYTHON ?= python3

.PHONY: run test walks lint stories bench faults services doctor reset shell vendor lock messages
run test walks lint stories bench faults services doctor reset shell vendor lock messages:
	@$(PYTHON) dev.py $@ $(ARGS)
