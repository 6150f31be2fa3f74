#!/usr/bin/env bash
# Runs a command with the distribution's Chromium at hand: with-chromium.sh COMMAND [ARGUMENTS…]
#
# The command finds its path in CHROMIUM. Where there is none it is installed with apt-get (as root).
set -euo pipefail
if [ $# -eq 0 ]; then
    echo "usage: $0 COMMAND [ARGUMENTS…]" >&2
    exit 64
fi

find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

if ! CHROMIUM=${CHROMIUM:-$(find_chromium)}; then
    echo "with-chromium: no Chromium found; installing it with apt-get" >&2
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        echo "with-chromium: that needs root and apt-get. Install Chromium, or set CHROMIUM to its path" >&2
        exit 69
    fi
    { DEBIAN_FRONTEND=noninteractive apt-get update -q \
        && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium; } >&2
    CHROMIUM=$(find_chromium)
fi
export CHROMIUM
exec "$@"
