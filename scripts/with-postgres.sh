#!/usr/bin/env bash
# Runs a command with a throw-away PostgreSQL: with-postgres.sh COMMAND [ARGUMENTS…]
#
# The command finds the server in TEST_DATABASE_URL (an administrator's url). The server listens on a Unix socket and
# on a free port of 127.0.0.1, lives in a temporary directory and is stopped and removed whatever happens. The exit
# code is the command's.
#
#   POSTGRES_FSYNC=off   do not wait for the disk: faster, and measures nothing about durability
#   SKIP_POSTGRES=1      if PostgreSQL cannot be had, run the command without it, and say so at the end
set -euo pipefail

if [ $# -eq 0 ]; then
    echo "usage: $0 COMMAND [ARGUMENTS…]" >&2
    exit 64
fi

say() { echo "with-postgres: $*" >&2; }

work=""   # the temporary directory, once made
bin=""    # the directory of the server's programs
child=""  # the command's process group, while it runs

# Servers refuse to run as root, so root hands over to the least user there is.
server_user() {
    if id -u postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        if command -v runuser >/dev/null 2>&1; then
            runuser -u "$(server_user)" -- "$@"
        else
            su -s /bin/sh "$(server_user)" -c 'exec "$0" "$@"' -- "$@"
        fi
    else
        "$@"
    fi
}

# The newest directory that holds a whole server: initdb, pg_ctl and postgres.
find_server() {
    local candidates=() found candidate
    found=$(command -v initdb 2>/dev/null) && candidates+=("$(dirname "$(readlink -f "$found")")")
    while IFS= read -r found; do candidates+=("$found"); done \
        < <(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin 2>/dev/null | sort -rV)
    if command -v pg_config >/dev/null 2>&1; then candidates+=("$(pg_config --bindir)"); fi
    for candidate in "${candidates[@]}"; do
        if [ -x "$candidate/initdb" ] && [ -x "$candidate/pg_ctl" ] && [ -x "$candidate/postgres" ]; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

install_server() {
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then return 1; fi
    say "no PostgreSQL server found; installing it with apt-get"
    # create_main_cluster: Debian would otherwise start a server of its own.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] \
        || echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
    { DEBIAN_FRONTEND=noninteractive apt-get update -q \
        && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends postgresql; } >&2
}

# A port nobody listens on now. Another process may still take it first; start_server then tries again.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
    done
}

start_server() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/with-postgres.XXXXXX")
    chmod 700 "$work"
    if [ "$(id -u)" -eq 0 ]; then chown "$(server_user)" "$work"; fi
    cd "$work" # The server's user may not read the directory we were called from.
    as_server "$bin/initdb" -D "$work/data" -U postgres --auth=trust --encoding=UTF8 --locale=C --no-sync \
        > "$work/setup.log" 2>&1 || { cat "$work/setup.log" >&2; return 1; }
    {
        echo "listen_addresses = '127.0.0.1'"
        echo "unix_socket_directories = '$work'"
        echo "max_connections = 200"
        echo "shared_buffers = 128MB"
        echo "fsync = ${POSTGRES_FSYNC:-on}"
        echo "logging_collector = off"
        echo "timezone = 'UTC'"
    } | as_server tee -a "$work/data/postgresql.conf" >/dev/null
    local try
    for try in 1 2 3 4 5; do
        port=$(free_port)
        if as_server "$bin/pg_ctl" -D "$work/data" -l "$work/server.log" -o "-p $port" -w -t 60 start >> "$work/setup.log" 2>&1
        then return 0; fi
        say "the server did not start (try $try)"
    done
    cat "$work/setup.log" "$work/server.log" >&2 || true
    return 1
}

cleanup() {
    trap '' INT TERM
    if [ -n "$child" ]; then kill -TERM -- "-$child" 2>/dev/null || true; wait "$child" 2>/dev/null || true; fi
    cd /
    if [ -n "$work" ]; then
        if [ -e "$work/data/postmaster.pid" ]; then
            as_server "$bin/pg_ctl" -D "$work/data" -m immediate -w -t 30 stop >/dev/null 2>&1 || true
        fi
        rm -rf "$work"
    fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

run() {
    local code=0
    cd "$origin"
    if [ -t 0 ]; then
        # At a terminal the command must be in the foreground to read it; Ctrl-C reaches it and us together.
        "$@" || code=$?
    else
        # In a process group of its own, so that a signal to us ends at once all that the command started.
        set -m
        "$@" <&0 &
        child=$!
        set +m
        wait "$child" || code=$?
        child=""
    fi
    return "$code"
}

origin=$PWD
reason=""
if ! bin=$(find_server); then
    if ! install_server; then
        reason="no PostgreSQL server is installed, and it could not be installed (needs root and apt-get)"
    elif ! bin=$(find_server); then
        reason="PostgreSQL was installed, but its programs cannot be found"
    fi
fi
if [ -z "$reason" ] && ! start_server; then
    reason="the PostgreSQL server in $bin could not be started"
fi

if [ -n "$reason" ]; then
    say "$reason"
    if [ "${SKIP_POSTGRES:-}" != 1 ]; then
        say "set SKIP_POSTGRES=1 to go on without it"
        exit 69
    fi
    unset TEST_DATABASE_URL
    code=0
    run "$@" || code=$?
    say "PostgreSQL was SKIPPED: $reason"
    exit "$code"
fi

export TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$port/postgres"
# A server is here, so nothing may be skipped.
unset SKIP_POSTGRES
code=0
run "$@" || code=$?
exit "$code"
