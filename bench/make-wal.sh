#!/bin/sh
# Makes real WAL for the benchmarks: pgbench on a private PostgreSQL, until DIR holds so many
# finished segments.
#
#   bench/make-wal.sh DIR [SEGMENTS]                  default 24; full of page images
#   bench/make-wal.sh --with-base BASE DIR [SEGMENTS] also a base backup, BASE (new), from which DIR
#                                                     can be replayed; checkpoints are rare, so that
#                                                     most of the WAL is records, and a transaction
#                                                     is 50 of pgbench's, so that it is soon made
set -eu

base=
if [ "${1-}" = --with-base ]; then
  base=${2:?usage: bench/make-wal.sh --with-base BASE DIR [SEGMENTS]}
  shift 2
fi
target=${1:?usage: bench/make-wal.sh [--with-base BASE] DIR [SEGMENTS]}
segments=${2:-24}
programs=${WALDEN_PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)}
mkdir -p "$target" ${base:+"$base"}
target=$(cd "$target" && pwd)
batch=$(dirname "$(readlink -f "$0")")/batch.sql
checkpoint_timeout=30s max_wal_size=1GB
if [ -n "$base" ]; then
  base=$(cd "$base" && pwd)
  checkpoint_timeout=1h max_wal_size=64GB
fi

# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
  chown postgres "$target" ${base:+"$base"}
  exec setpriv --reuid=postgres --regid=postgres --init-groups \
    env HOME=/tmp WALDEN_PG_BIN="$programs" \
    sh "$(readlink -f "$0")" ${base:+--with-base "$base"} "$target" "$segments"
fi

work=$(mktemp -d /tmp/walden-wal.XXXXXX)
stop() {
  "$programs/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || :
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 1' INT TERM

"$programs/initdb" -D "$work/data" -A trust -N >/dev/null
cat >>"$work/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$work'
fsync = off
archive_mode = on
archive_command = '/bin/true'
checkpoint_timeout = $checkpoint_timeout
max_wal_size = $max_wal_size
CONF
"$programs/pg_ctl" -D "$work/data" -l "$work/log" -w start >/dev/null
export PGHOST="$work" PGDATABASE=postgres
"$programs/pgbench" -i -s 20 -q >/dev/null 2>&1

finished() { find "$target" -name '????????????????????????' | wc -l; }

# Only the run's own WAL: loading the tables is a COPY, and not what servers write all day.
"$programs/psql" -qAtc "alter system set archive_command = 'cp %p \"$target/.%f\" && mv \"$target/.%f\" \"$target/%f\"'"
"$programs/psql" -qAtc 'select pg_switch_wal(), pg_reload_conf()' >/dev/null
if [ -n "$base" ]; then
  "$programs/pg_basebackup" -D "$base" -X none -c fast --no-sync 2>/dev/null
  chmod 700 "$base"
  # Who replays it gets the settings that initdb made.
  sed -i "/^listen_addresses = ''/,\$d" "$base/postgresql.conf"
  : >"$base/postgresql.auto.conf"
  # Replay begins with this segment.
  first=$(sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\))$/\1/p' "$base/backup_label")
fi

# What lies before the base backup's first segment, and the backup's label.
drop_what_is_not_replayed() {
  [ -n "$base" ] || return 0
  for file in "$target"/*; do
    name=${file##*/}
    if [ "${#name}" != 24 ] || expr "$name" '<' "$first" >/dev/null; then rm -f "$file"; fi
  done
}
while drop_what_is_not_replayed; [ "$(finished)" -lt "$segments" ]; do
  "$programs/pgbench" -c 4 -T 10 -n ${base:+-s 20 -f "$batch"} >/dev/null 2>&1 || :
done
echo "$(finished) segments in $target"
