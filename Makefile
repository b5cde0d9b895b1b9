# Thin on purpose: each target is one line or a script. Start with `make run` or `make test`.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/suanpan/target

.PHONY: run test bench bench-sync docs sample-data fmt lint

run:    ; @scripts/run.sh
test:   ; @scripts/test.sh
bench:  ; @scripts/setup.sh bench && bench/run.sh
bench-sync: ; @scripts/setup.sh bench && bench/sync/run.sh
docs:   ; @scripts/docs.sh
sample-data: ; @cargo run -q -p suanpan-sample --bin sample-data
fmt:    ; @cargo fmt --all
lint:   ; @scripts/lint.sh
