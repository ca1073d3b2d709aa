#!/usr/bin/env bash
# From an empty Debian 12 to a table that was dropped and is back, in about ten minutes, most of
# them for the build.
#
#   bash docs/quickstart.sh              installs what is needed, builds, shows
#   bash docs/quickstart.sh --bin DIR    shows, with the programs in DIR
#
# It works in a temporary folder with a PostgreSQL of its own, on a socket in that folder.
# PostgreSQL clusters of this machine are left alone, and nothing but packages stays behind.
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")

bin=
case ${1-} in
  "") ;;
  --bin) bin=$(realpath "${2:?--bin needs a folder}") ;;
  *) sed -n '5,6s/^# \{0,3\}//p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
esac

dim=
plain=
if [[ -t 1 && -z ${NO_COLOR-} ]]; then
  dim=$'\e[2m'
  plain=$'\e[0m'
fi
explain() { printf '\n%s\n' "$*"; }
# A command as one would type it, quotes included.
show() {
  local word line='$'
  for word in "$@"; do
    if [[ $word =~ ^[A-Za-z0-9_@%+=:,./-]+$ ]]; then line+=" $word"; else line+=" '$word'"; fi
  done
  printf '%s%s%s\n' "$dim" "$line" "$plain"
}

# --- the programs -----------------------------------------------------------------------------

if [[ -z $bin ]]; then
  explain "Installing what the build needs, and building (some minutes the first time)."
  "$root/scripts/install-dependencies" build test
  launcher=()
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  (cd "$root" && cmake --preset release "${launcher[@]}" >/dev/null &&
    cmake --build --preset release -j "$(nproc)" --target wal-push wal-fetch basebackup)
  bin=$root/build/release/bin
fi
pg_bin=/usr/lib/postgresql/15/bin
[[ -x $pg_bin/initdb ]] || { echo "no PostgreSQL 15 in $pg_bin" >&2 && exit 1; }

# --- a folder of our own, and a user that PostgreSQL accepts ------------------------------------

work=$(mktemp -d /tmp/walden-quickstart.XXXXXX)
user=()
if [[ $EUID -eq 0 ]]; then
  owner=$(getent passwd postgres >/dev/null && echo postgres || echo nobody)
  user=(setpriv "--reuid=$owner" "--regid=$(id -g "$owner")" --clear-groups)
fi

clean_up() {
  local data
  for data in "$work/data" "$work/restored"; do
    if [[ -f $data/postmaster.pid ]]; then
      "${user[@]}" "$pg_bin/pg_ctl" -D "$data" -m immediate stop >/dev/null 2>&1 || true
    fi
  done
  cd /
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

mkdir "$work/bin"
# The workers lie beside the others where they were built, elsewhere where they are installed.
for program in wal-push wal-push-worker wal-fetch wal-fetch-worker basebackup; do
  for place in "$bin" "$bin/../libexec/walden"; do
    if [[ -x $place/$program ]]; then cp "$place/$program" "$work/bin/" && break; fi
  done
  [[ -x $work/bin/$program ]] || { echo "no $program in $bin" >&2 && exit 1; }
done
chmod 755 "$work" "$work/bin"
if [[ $EUID -eq 0 ]]; then chown "$owner" "$work"; fi
cd "$work"

# The programs see nothing of this shell's own PostgreSQL and Walden settings.
environment=(env -i "HOME=$work" "PATH=$work/bin:$pg_bin:/usr/bin:/bin" "TZ=${TZ-UTC}"
  LC_ALL=C.UTF-8 "WALDEN_CONFIG=$work/walden.toml" "WALDEN_STATE_DIRECTORY=$work/state" "PGHOST=$work"
  PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
  PGCONNECT_TIMEOUT=10 "PGOPTIONS=-c statement_timeout=60s -c lock_timeout=60s")
quiet() { "${user[@]}" "${environment[@]}" "$@"; }
run() {
  show "$@"
  quiet "$@"
}
sql() { quiet psql -X -q -v ON_ERROR_STOP=1 -At "$@"; }
show_sql() {
  printf '%s$ psql -c "%s"%s\n' "$dim" "$1" "$plain"
  quiet psql -X -q -v ON_ERROR_STOP=1 -c "$1"
}

# Asks until the answer is `t`; gives up, with PostgreSQL's log, after a minute.
wait_for() {
  local what=$1 log=$2 tries
  shift 2
  for ((tries = 0; tries < 300; tries++)); do
    [[ $(sql "$@" 2>/dev/null) != t ]] || return 0
    sleep 0.2
  done
  echo "gave up waiting for: $what" >&2
  tail -n 20 "$log" >&2
  exit 1
}

# --- the story ----------------------------------------------------------------------------------

explain "1. A PostgreSQL 15 that archives with wal-push, as any production server would."
quiet initdb -D "$work/data" -U postgres -A trust -N >/dev/null
cat >>"$work/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$work'
archive_mode = on
archive_command = '$work/bin/wal-push --config $work/walden.toml %p %f'
CONF
show grep ^archive_ data/postgresql.conf
grep '^archive_' "$work/data/postgresql.conf"

explain "2. A key pair, three lines of settings, and the archive set up once."
recipient=$(quiet basebackup keygen "$work/secret.key" 2>/dev/null)
show basebackup keygen secret.key
echo "$recipient"
quiet tee "$work/walden.toml" >/dev/null <<TOML
cluster = "quickstart"
store = "file://$work/archive"
recipients = ["$recipient"]
TOML
show cat walden.toml
cat "$work/walden.toml"
run basebackup init --pgdata data

explain "3. The server runs, with a table worth having, and gets a base backup."
quiet pg_ctl -D "$work/data" -l "$work/log" -w start >/dev/null
show_sql "create table orders as
     select i as id, 'order ' || i as what from generate_series(1, 1000) i"
run basebackup push

explain "4. Work goes on after the backup. Then the accident."
show_sql "insert into orders values (1001, 'the order that came after the backup')"
moment=$(sql -c "select clock_timestamp()")
echo "It is now $moment."
show_sql "insert into orders values (1002, 'an order of the moment after')"
show_sql "drop table orders"

explain "5. What has happened up to now goes into the archive; then: what can be restored?"
show_sql "create table after_the_accident ()"
last=$(sql -c "select pg_walfile_name(pg_switch_wal())")
wait_for "$last in the archive" "$work/log" \
  -c "select last_archived_wal >= '$last' from pg_stat_archiver"
run basebackup list --key-file secret.key

explain "6. The one line: back to the moment before, beside the server that lost the table."
run basebackup restore --key-file secret.key --pgdata "$work/restored" --target-time "$moment"

explain "7. The restored server starts, replays the archive to that moment, and pauses there."
run pg_ctl -D restored -o "-p 5433" -l restored.log -w start
wait_for "the end of replay" "$work/restored.log" \
  -p 5433 -c "select pg_get_wal_replay_pause_state() = 'paused'"
rows=$(sql -p 5433 -c "select count(*) from orders")
show psql -p 5433 -c "select count(*) from orders"
echo "$rows"
show psql -p 5433 -c "select * from orders order by id desc limit 1"
sql -p 5433 -c "select * from orders order by id desc limit 1"
[[ $rows -eq 1001 ]] || { echo "expected 1001 rows" >&2 && exit 1; }

explain "The table is back as it was at that moment: with the order that came after the backup,
without the one of the moment after. To open the copy for writing:"
show psql -p 5433 -c "select pg_wal_replay_resume()"
sql -p 5433 -c "select pg_wal_replay_resume()" >/dev/null
wait_for "the end of recovery" "$work/restored.log" -p 5433 -c "select not pg_is_in_recovery()"
echo "It is open. Everything is cleaned up now."
