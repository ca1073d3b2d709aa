#!/usr/bin/env bash
# Installs what is needed, builds, runs every test, and says what was skipped and why.
#
#   tests/run.sh [--preset release|asan] [--only REGEX] [--except REGEX] [--no-install]
#                [--versions] [--with-minio] [--all]
#
# --versions: backups and restores on each PostgreSQL from 13 to 18, and not only on this host's.
# --all: that, and what takes minutes (label `long`): all of the matrices, also on PostgreSQL 18,
# every crash point, the mutations, the package on a bare Debian; the fuzzers search, a minute each.
# Hours altogether.
# --with-minio: builds MinIO where there is none, and runs the faults and scenarios on it too. The
# store's own tests run on it wherever there is one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

preset=release
only=.
except='^$'
install=yes
versions=no
with_minio=no
all=no
while [[ $# -gt 0 ]]; do
  case $1 in
    --preset) preset=${2:?--preset needs a name} && shift 2 ;;
    --only) only=${2:?--only needs a regular expression} && shift 2 ;;
    --except) except=${2:?--except needs a regular expression} && shift 2 ;;
    --no-install) install=no && shift ;;
    --versions) versions=yes && shift ;;
    --with-minio) with_minio=yes && shift ;;
    --all) all=yes && versions=yes && shift ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  esac
done
groups=(build test s3)
[[ $all == no ]] || groups+=(fuzz package)
[[ $install == no ]] || scripts/install-dependencies "${groups[@]}"
if [[ $versions == yes ]]; then
  for version in 13 14 16 17 18; do
    tests/support/postgres-versions fetch "$version" >/dev/null || [[ $? == 77 ]]
  done
fi

# The labels that are left out, as regular expressions, and why.
declare -A left_out=()
[[ $all == yes ]] || left_out['^long$']="of minutes: --all runs them"
[[ $versions == yes ]] || left_out['^versions$']="on other versions of PostgreSQL: --versions runs them"
minio=tests/support/minio-server
if [[ $with_minio == yes ]]; then "$minio" build || [[ $? == 77 ]]; fi
if reason=$("$minio" why-not); then
  if [[ $with_minio == no ]]; then
    left_out['^minio-round$']="on MinIO: takes minutes; --with-minio runs it"
  fi
else
  left_out['^minio']="on MinIO: $reason"
fi

launcher=()
# Without it ccache keeps nothing that is compiled with a precompiled header.
export CCACHE_SLOPPINESS=pch_defines,time_macros
if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
cmake --preset "$preset" "${launcher[@]}" >/dev/null
cmake --build --preset "$preset" -j "$(nproc)"

build=$PWD/build/$preset
report=$build/test-report.xml
log=$build/Testing/Temporary/LastTest.log
rm -f "$report" "$log"
status=0
chosen=(--test-dir "$build" -R "$only" -E "$except")
excluded='^$'
for label in "${!left_out[@]}"; do excluded+="|$label"; done
# Twice as many as there are cores: most of them wait, for servers and for deadlines.
ctest "${chosen[@]}" -LE "$excluded" -j "$((2 * $(nproc)))" --output-on-failure --no-tests=error \
  --output-junit "$report" || status=$?

# The suite's own line: <testsuite tests="" failures="" disabled="" skipped="" …>, one per line.
count() {
  local value="$1=\"\([0-9]*\)\".*"
  sed -n "s/^[[:space:]]*$value/\1/p; s/^<testsuite .*[[:space:]]$value/\1/p" "$report" | head -n 1
}

# "NAME: reason" of each test that did not run. The report has the names; the reason stands in the
# log, where GoogleTest says it after "<file>:<line>: Skipped", and a script after "skipped: ".
skips() {
  sed -nE 's/.*<testcase name="([^"]*)".* status="(notrun|disabled)".*/\1/p' "$report" |
    awk '
      NR == FNR { names[$0] = 1; next }
      /^[0-9]+\/[0-9]+ Test: / { name = $0; sub(/^[0-9]+\/[0-9]+ Test: /, "", name) }
      /: Skipped$/             { getline reason; said[name] = reason }
      /^skipped: /             { said[name] = substr($0, 10) }
      END {
        for (n in names) printf "  %s: %s\n", n, said[n] != "" ? said[n] : "no reason given"
      }
    ' - "$log" | sort
}

# "N tests WHY" for each label that was left out; not counting what starts and stops servers.
not_chosen() {
  local label count
  for label in "${!left_out[@]}"; do
    count=$(ctest "${chosen[@]}" -N -FA . -L "$label" | sed -n 's/^Total Tests: //p')
    [[ $count == 0 ]] || echo "  $count tests ${left_out[$label]}"
  done
}

[[ -s $report && -s $log ]] || { echo "tests/run.sh: ctest left no report" >&2 && exit 1; }
failed=$(count failures)
skipped=$(($(count skipped) + $(count disabled)))
passed=$(($(count tests) - failed - skipped))
reasons=$(skips)  # before ctest is asked once more, which begins a new log
others=$(not_chosen)
skipped=$((skipped + $(awk '{ n += $1 } END { print n + 0 }' <<<"$others")))
if [[ $skipped -gt 0 ]]; then
  echo
  echo "Skipped:"
  [[ -z $reasons ]] || echo "$reasons"
  [[ -z $others ]] || echo "$others"
fi
echo
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
