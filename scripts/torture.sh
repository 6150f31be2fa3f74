#!/usr/bin/env bash
# Tortures the built program: torture.sh SECONDS (how long its parts may take together; episodes begun are ended)
#
# Prints for each part what was tried and what was found, with the seed; the exit code is 1 where anything was found.
#
#   SEED=7                 the same episodes again (which of several requests is first remains the machine's choice)
#   PARTS=disk,faults,kills,nodes,server   only these parts
#   EPISODE=3              only this episode of each
#   BILLING=…              another build of the program than the tests' own
#   TORTURE_LOG=1          every find at once;  RUST_LOG=info  what the nodes log
set -euo pipefail
cd "$(dirname "$0")/.."
export TORTURE_SECONDS=$1 SEED=${SEED:-$((RANDOM + 1))}
# The end-to-end tests' build.
cargo test --quiet -p gateway --test torture --no-run
echo "torture: SEED=$SEED, $TORTURE_SECONDS seconds"
scripts/with-postgres.sh cargo test --quiet -p gateway --test torture -- \
    --ignored --exact the_whole_torture --nocapture || exit 1
