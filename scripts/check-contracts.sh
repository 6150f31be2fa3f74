#!/usr/bin/env bash
# Contracts only grow: an event's golden JSON and a migration, once they have landed, never change.
# Compares with the commit before the newest one that touched them, or with BASE where it is given.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
base=${BASE-}
if [ -z "$base" ]; then
    git rev-parse --verify --quiet origin/main >/dev/null && base=origin/main || base=HEAD
fi
git rev-parse --verify --quiet "$base" >/dev/null || exit 0 # No history yet: nothing can have changed.
changed=$(git diff --name-only --diff-filter=MDRT "$base" -- schema/events migrations/sqlite migrations/postgres)
if [ -n "$changed" ]; then
    echo "These have landed and must stay as they are; add a new version beside them:" >&2
    echo "$changed" >&2
    exit 1
fi
