#!/bin/sh
# Cargo calls this in place of rustc for the crates of this workspace alone (RUSTC_WORKSPACE_WRAPPER), so that only our
# own code is instrumented and nothing of its dependencies is built twice.
exec "$@" --cfg fuzzing \
    -Copt-level=1 -Ccodegen-units=1 \
    -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares
