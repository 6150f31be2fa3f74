#!/usr/bin/env bash
# A gateway with fresh demonstration data on a port, for work on the pages: dev-gateway.sh PORT
# Pages come from portal/dist; `GATEWAY=http://localhost:PORT npm run dev` serves them from the sources instead.
set -euo pipefail
port=$1
here=$(cd "$(dirname "$0")/.." && pwd)
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
ENVIRONMENT=development DEMO=true DATA_DIR=$data DATABASE_URL="sqlite:$data/billing.db" LISTEN="127.0.0.1:$port" \
    PUBLIC_URL="http://localhost:$port" PORTAL_DIR="$here/dist" WEBHOOK_SECRETS=whsec_of_my_own_machine \
    "${BILLING:-$here/../target/debug/billing}"
