#!/usr/bin/env bash
# Builds the pages into portal/dist. Without Node.js it says so and leaves them out: the service runs all the same, and
# its first page says what is missing.
set -euo pipefail
cd "$(dirname "$0")/../portal"

say() { echo "build-portal: $*" >&2; }
if ! command -v npm >/dev/null 2>&1 || ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
    say "Node.js 20.19 or newer with npm is not here: the portal's pages are not built"
    if [ "${1-}" = --required ]; then exit 69; fi
    exit 0
fi
# npm writes this file last: older than the lock file, the packages are not those that are locked.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    npm ci --no-audit --no-fund --loglevel=error
    touch node_modules/.package-lock.json
fi
if [ "${1-}" != --packages-only ]; then npm run --silent build; fi
