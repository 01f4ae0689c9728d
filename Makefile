# keystar. Needs GNU make and Python 3.11 or newer; everything else goes into .venv.
#
#   make         set up .venv when it is missing or out of date, then run the main job
#   make test    ruff, mypy and the tests, with coverage
#   make bench   the benchmarks
#   make docs    write docs/results anew
#   make clean   remove everything that make has made
#   make help    this list
#
# PYTHON=/path/to/python names the interpreter for a new .venv; WORKERS=4 sets the test processes.

MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := main
.NOTPARALLEL:
.PHONY: main test bench docs clean help setup stale

WORKERS ?= 2
VENV := .venv
KEYSTAR := $(VENV)/bin/keystar
MODEL := checks/data/recall_model.npz

# The main job, one command a line.
define MAIN_JOB
$(KEYSTAR) verify
$(KEYSTAR) measure $(MODEL) --prefix e0_l1_ --causal
$(KEYSTAR) notes -o build/notes
endef

main: $(VENV)/.ready
	$(MAIN_JOB)

setup: $(VENV)/.ready

test: $(VENV)/.ready-tests
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pytest -n $(WORKERS) --benchmark-disable --cov

bench: $(VENV)/.ready-tests
	$(VENV)/bin/pytest tests/benchmarks --benchmark-only --benchmark-sort=name \
	  --benchmark-columns=min,median,iqr,rounds

docs: $(VENV)/.ready
	$(KEYSTAR) notes -o docs/results

clean:
	rm -rf $(VENV) build dist *.egg-info htmlcov .coverage .coverage.* .benchmarks .hypothesis \
	  .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:
	@sed -n '/^$$/q;s/^# \{0,1\}//p' Makefile

# ---- the environment -------------------------------------------------------------------------
# A .ready file says that .venv holds what setup.cfg asks for. While pip works, .unfinished lies
# in .venv and no .ready file does: a run that was killed there is seen by the next one, which
# starts from an empty .venv because a half-written package can look installed to pip.

WANTED_.ready := .[report,parallel]
WANTED_.ready-tests := .[tests,plots,parallel,parquet]
CANDIDATES := $(or $(PYTHON),python3.11 python3 python3.12 python3.13 python3.14 python)
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

# An interpreter that no longer runs (moved, or upgraded away) makes .venv stale.
ifneq ($(shell $(VENV)/bin/python -c 'print("runs")' 2>/dev/null),runs)
STALE := stale
endif

$(VENV)/.ready $(VENV)/.ready-tests: setup.cfg pyproject.toml $(STALE)
	@if [ -e $(VENV)/.unfinished ]; then \
	  echo "make: the last set-up of $(VENV) was cut short, starting it afresh"; \
	  rm -rf $(VENV); \
	elif [ -e $(VENV) ] && ! $(VENV)/bin/python -c 'import pip; $(NEW_ENOUGH)' 2>/dev/null; then \
	  echo "make: $(VENV) has no working Python 3.11 with pip, starting it afresh"; \
	  rm -rf $(VENV); \
	fi
	@if [ ! -e $(VENV) ]; then \
	  for python in $(CANDIDATES); do \
	    if "$$python" -c '$(NEW_ENOUGH)' 2>/dev/null; then found="$$python"; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "make: keystar needs Python 3.11 or newer and none of these is one:" \
	      "$(CANDIDATES); install it, or name it with make PYTHON=/path/to/python" >&2; \
	    exit 1; \
	  fi; \
	  if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "make: $$found cannot make virtual environments; install its venv module" \
	      "(on Debian: apt-get install python3-venv)" >&2; \
	    exit 1; \
	  fi; \
	  echo "make: setting up $(VENV) with $$found"; \
	  mkdir $(VENV) && touch $(VENV)/.unfinished && "$$found" -m venv $(VENV); \
	fi
	@rm -f $(VENV)/.ready $(VENV)/.ready-tests; touch $(VENV)/.unfinished
	@echo "make: installing $(WANTED_$(@F)) into $(VENV)"
	@$(VENV)/bin/python -m pip install -qq --disable-pip-version-check --no-input \
	  --editable '$(WANTED_$(@F))' || { rm -f $(VENV)/.unfinished; exit 1; }
	@rm -f $(VENV)/.unfinished; touch $(VENV)/.ready $@
