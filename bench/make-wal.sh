#!/bin/sh
# Makes real WAL for the benchmark: pgbench on a private PostgreSQL, until DIR holds 24 or more
# finished segments.            bench/make-wal.sh DIR
set -eu

target=${1:?usage: bench/make-wal.sh DIR}
segments=24
programs=${WALDEN_PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)}
mkdir -p "$target"
target=$(cd "$target" && pwd)

# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
  chown postgres "$target"
  exec setpriv --reuid=postgres --regid=postgres --init-groups \
    env HOME=/tmp WALDEN_PG_BIN="$programs" sh "$(readlink -f "$0")" "$target"
fi

work=$(mktemp -d /tmp/walden-wal.XXXXXX)
stop() {
  "$programs/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || :
  rm -rf "$work"
}
trap stop EXIT INT TERM

"$programs/initdb" -D "$work/data" -A trust -N >/dev/null
cat >>"$work/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$work'
fsync = off
archive_mode = on
archive_command = '/bin/true'
checkpoint_timeout = 30s
CONF
"$programs/pg_ctl" -D "$work/data" -l "$work/log" -w start >/dev/null
export PGHOST="$work" PGDATABASE=postgres
"$programs/pgbench" -i -s 20 -q >/dev/null 2>&1

# Only the run's own WAL: loading the tables is a COPY, and not what servers write all day.
"$programs/psql" -qAtc "alter system set archive_command = 'cp %p \"$target/.%f\" && mv \"$target/.%f\" \"$target/%f\"'"
"$programs/psql" -qAtc 'select pg_switch_wal(), pg_reload_conf()' >/dev/null
while [ "$(ls "$target" | wc -l)" -lt "$segments" ]; do
  "$programs/pgbench" -c 4 -T 10 -n >/dev/null 2>&1
done
echo "$(ls "$target" | wc -l) segments in $target"
