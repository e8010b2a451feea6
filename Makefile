# The commands people use: run, test, check, bench. The rest serves them.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
SOURCES := .
# The stamp carries the locks' checksum, so a changed lock reinstalls and an unchanged one never does.
STAMP := .venv/.installed-$(shell cat requirements.txt requirements-dev.txt | cksum | cut -d' ' -f1)

.PHONY: run test check bench bench-peers evaluate evaluate-live train lock format clean help
help:           ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/'

$(STAMP): requirements.txt requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements.txt -r requirements-dev.txt
	rm -f .venv/.installed-* && touch $@

run: $(STAMP)   ## serve http://localhost:8000 with the demo page
	$(BIN)/python app.py

# Unit tests share no port and no clock, so two run at a time; what joins parts wants the machine for itself.
test: check     ## everything: checks, unit, integration, end to end
	$(BIN)/pytest tests/unit -n 2 --dist loadfile
	$(BIN)/pytest tests/integration tests/e2e

check: $(STAMP) ## formatting, lint, types, import rules
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## put the sources into the house format
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

bench: $(STAMP) ## measure; writes benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

# PEERS: --quick to try it, --runs N for the interleaved repeats.
bench-peers: $(STAMP) ## measure beside fastrtc, streamlit-webrtc and aiortc's example; writes benchmarks/PEERS.md
	$(BIN)/python -m benchmarks.peers $(PEERS)

# EVALUATE: --quick for half of the pictures, --record to tighten the floors to what is measured now.
evaluate: $(STAMP) ## measure the detectors; writes media_pipeline/EVALUATION.md, fails below a floor
	$(BIN)/python -m media_pipeline.evaluation $(EVALUATE)

evaluate-live: $(STAMP) ## measure what is drawn live; writes media_pipeline/EVALUATION_LIVE.md
	$(BIN)/python -m media_pipeline.evaluation.live

# FACES: a folder of clear faces (.jpg) that lesions are drawn on; media_pipeline/weights/MODEL_CARD.md names ours.
FACES ?= ../shared/data/faces/clear
TRAINING := media_pipeline/training/data
train: $(STAMP) ## render, train and calibrate the acne model anew (an hour or two); writes media_pipeline/weights/acne.onnx
	$(BIN)/python -m media_pipeline.training.render --faces $(FACES) --out $(TRAINING)
	$(BIN)/python -m media_pipeline.training.train --data $(TRAINING) --out $(TRAINING)/acne.pt
	$(BIN)/python -m media_pipeline.training.export --checkpoint $(TRAINING)/acne.pt --out media_pipeline/weights/acne.onnx
	$(BIN)/python -m media_pipeline.training.calibrate --model media_pipeline/weights/acne.onnx --data $(TRAINING) --write 2.1

lock:           ## resolve requirements*.in into the locks (needs uv)
	uv pip compile --universal --python-version 3.11 --fork-strategy fewest --no-annotate --no-header \
	  --override requirements.overrides requirements.in 2>/dev/null | grep -v "== 'never'" > requirements.txt.new
	mv requirements.txt.new requirements.txt
	uv pip compile -q --universal --python-version 3.11 --fork-strategy fewest --no-annotate --no-header \
	  --override requirements.overrides requirements-dev.in -o requirements-dev.txt

clean:          ## remove the environment and the caches
	rm -rf .venv .venv-peers .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
