# Two commands: `make demo` installs into .venv and runs the main job, `make test` installs and runs the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := runs/demo
EXTRAS := train,onnx,finn,adders,rtl,registers,video,completion,openvino,plots,docs,test
TORCH ?= --require-hashes -r lock-torch.txt

.PHONY: demo test install browser clang lint lock registers docs synth clean

demo: install
	$(BIN)/python -m qat.distill --bits 8 --out $(DEMO) --resume
	$(BIN)/python -m qat.export $(DEMO)/network.npz
	$(BIN)/python -m golden.compare $(DEMO)/network.npz --require all

test: install browser clang lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

# The export's report is looked at in a real browser; without root, its test says so and is skipped.
browser:
	@command -v chromium >/dev/null || [ "$$(id -u)" != 0 ] || { apt-get update -q && apt-get install -y -q chromium; } >/dev/null 2>&1 || \
	  echo "no chromium: the report's screenshot test will be skipped" >&2

# clang holds the HLS C++ against what Vitis HLS takes; without it, and without root, those tests are skipped.
clang:
	@command -v clang-tidy >/dev/null || [ "$$(id -u)" != 0 ] || { apt-get update -q && apt-get install -y -q clang-tidy; } >/dev/null 2>&1 || \
	  echo "no clang-tidy: the tests of what Vitis HLS takes will be skipped" >&2

# Cells of every engine of the shipped networks, their slowest paths, and one placed and routed; what was done before is kept.
synth: install
	$(BIN)/python -m rtl_tb.synthesis --out docs
	$(BIN)/python -m rtl_tb.timing fsrcnn-r-x2-w4a4 fsrcnn-s-r-x2-w4a4 --whole --limit 4.6 --out docs
	$(BIN)/python -m rtl_tb.synthesis.place_route --out docs/place_route.json

# The register page and the C header, from their SystemRDL source.
registers: install
	$(BIN)/python -m rtl_tb.registers

# The pages in docs/ as a site that loads nothing from a network: build/docs/index.html.
docs: install
	$(BIN)/python -m mkdocs build --strict

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

install: $(VENV)/installed

# What is installed is in the locks, every file of it by its hash.  torch is fetched by its version, so that a +cpu build comes first
# where there is one, and then held against its hashes: asked for by hash, pip takes PyPI's CUDA build.  The last command adds this
# project, and what a CUDA build of torch needs.
# The constraint reaches the environments in which sdists are built; pip splits the variable at blanks, so it holds no folder.
$(VENV)/installed: pyproject.toml lock.txt lock-torch.txt constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet 'pip==25.2'
	PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --no-deps --require-hashes -r lock.txt
	$(BIN)/python -m pip download --quiet --no-deps --dest $(VENV)/torch torch==2.13.0
	$(BIN)/python -m pip install --quiet --no-deps --no-index --find-links $(VENV)/torch $(TORCH)
	rm -rf $(VENV)/torch
	PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet -e '.[$(EXTRAS)]'
	rm -rf sr2fpga.egg-info  # in this folder it would hide the installed entry points once it is old
	@command -v iverilog >/dev/null || [ "$$(id -u)" != 0 ] || { apt-get update -q && apt-get install -y -q iverilog; } >/dev/null 2>&1 || true
	@command -v iverilog >/dev/null || echo "no iverilog: the second simulator's tests will be skipped; apt-get install iverilog gets it" >&2
	touch $@

# The locks anew, from the ranges in pyproject.toml; a version stays as it is as long as a range allows it.
lock: | $(BIN)/python
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet pip==25.2 pip-tools==7.6.2
	folder=$$(mktemp -d) && cp constraints.txt $$folder && PIP_CONSTRAINT=$$folder/constraints.txt \
	  $(VENV)/lock/bin/python -m piptools compile --quiet pyproject.toml --extra '$(EXTRAS)' --output-file lock.txt \
	  --generate-hashes --strip-extras --no-header --no-emit-index-url --no-emit-find-links --unsafe-package torch && rm -r $$folder
	rm -rf $(VENV)/lock

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is $$($(PYTHON) --version 2>&1); needed: Python 3.11 or later, as make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { [ "$$(id -u)" = 0 ] && apt-get update -q && apt-get install -y -q python3-venv; } || \
	  { echo "Python's venv is missing; needed: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) runs .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
