#!/usr/bin/env bash
# Installs what is needed, builds, runs every test, and says what was skipped and why.
#
#   tests/run.sh [--preset release|asan] [--only REGEX] [--except REGEX] [--no-install]
#                [--with-minio] [--all]
#
# --all: also what takes minutes (CTest's label "long").
# --with-minio: builds MinIO where there is none, and runs the faults and scenarios on it too. The
# store's own tests run on it wherever there is one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

preset=release
only=.
except='^$'
install=yes
with_minio=no
long='^long$'
while [[ $# -gt 0 ]]; do
  case $1 in
    --preset) preset=${2:?--preset needs a name} && shift 2 ;;
    --only) only=${2:?--only needs a regular expression} && shift 2 ;;
    --except) except=${2:?--except needs a regular expression} && shift 2 ;;
    --no-install) install=no && shift ;;
    --with-minio) with_minio=yes && shift ;;
    --all) long='^$' && shift ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  esac
done
[[ $install == no ]] || scripts/install-dependencies build test s3

# What of the tests on MinIO is left out, and why.
minio=tests/support/minio-server
left_out='^$'
left_out_because=
if [[ $with_minio == yes ]]; then "$minio" build || [[ $? == 77 ]]; fi
if reason=$("$minio" why-not); then
  if [[ $with_minio == no ]]; then
    left_out='^minio-round$'
    left_out_because="takes minutes; --with-minio runs it"
  fi
else
  left_out='^minio'
  left_out_because=$reason
fi

launcher=()
if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
cmake --preset "$preset" "${launcher[@]}" >/dev/null
cmake --build --preset "$preset" -j "$(nproc)"

build=$PWD/build/$preset
report=$build/test-report.xml
log=$build/Testing/Temporary/LastTest.log
rm -f "$report" "$log"
status=0
chosen=(--test-dir "$build" -R "$only" -E "$except")
ctest "${chosen[@]}" -LE "$left_out|$long" -j 2 --output-on-failure --no-tests=error \
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

# How many tests of a label there are; not counting what starts and stops a server for them.
count_left_out() { ctest "${chosen[@]}" -N -FA . -L "$1" | sed -n 's/^Total Tests: //p'; }

[[ -s $report && -s $log ]] || { echo "tests/run.sh: ctest left no report" >&2 && exit 1; }
failed=$(count failures)
skipped=$(($(count skipped) + $(count disabled)))
passed=$(($(count tests) - failed - skipped))
reasons=$(skips)  # before ctest is asked once more, which begins a new log
not_chosen=$(count_left_out "$left_out")
too_long=$(count_left_out "$long")
skipped=$((skipped + not_chosen + too_long))
if [[ $skipped -gt 0 ]]; then
  echo
  echo "Skipped:"
  [[ -z $reasons ]] || echo "$reasons"
  [[ $not_chosen == 0 ]] || echo "  $not_chosen tests on MinIO: $left_out_because"
  [[ $too_long == 0 ]] || echo "  $too_long tests that take minutes: --all runs them"
fi
echo
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
