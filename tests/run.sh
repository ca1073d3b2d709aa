#!/usr/bin/env bash
# Installs what is needed, builds, runs every test, and says what was skipped and why.
#
#   tests/run.sh [--preset release|asan] [--only REGEX] [--except REGEX] [--no-install]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

preset=release
only=.
except='^$'
install=yes
while [[ $# -gt 0 ]]; do
  case $1 in
    --preset) preset=${2:?--preset needs a name} && shift 2 ;;
    --only) only=${2:?--only needs a regular expression} && shift 2 ;;
    --except) except=${2:?--except needs a regular expression} && shift 2 ;;
    --no-install) install=no && shift ;;
    *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  esac
done
[[ $install == no ]] || scripts/install-dependencies build test s3

launcher=()
if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
cmake --preset "$preset" "${launcher[@]}" >/dev/null
cmake --build --preset "$preset" -j "$(nproc)"

build=$PWD/build/$preset
report=$build/test-report.xml
log=$build/Testing/Temporary/LastTest.log
rm -f "$report" "$log"
status=0
ctest --test-dir "$build" -j 2 --output-on-failure --no-tests=error -R "$only" -E "$except" \
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

[[ -s $report && -s $log ]] || { echo "tests/run.sh: ctest left no report" >&2 && exit 1; }
failed=$(count failures)
skipped=$(($(count skipped) + $(count disabled)))
passed=$(($(count tests) - failed - skipped))
if [[ $skipped -gt 0 ]]; then
  echo
  echo "Skipped:"
  skips
fi
echo
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
