#!/usr/bin/env bash
# What the scripts that run an S3 server for the tests share: start and stop, ports, certificates.
# They source it, and then set or define
#   server_name, seconds_to_start
#   why_not       prints why the server cannot be had; nothing when it can
#   bring_up      starts it in the current folder, with `daemon`; ports and certificates are there
#   particulars   prints the lines of the handover that name users, and what the server cannot do
# and end with: local_server_main "$@". Each then does
#   start HANDOVER [--with-caller]    writes HANDOVER when the server answers
#   stop HANDOVER
#
# --with-caller: goes when the process that called the script goes, however it ends.
# HANDOVER holds lines of NAME=VALUE: endpoint, tls_endpoint, ca_file, region, access_key,
# secret_key, stranger_access_key, stranger_secret_key (who owns nothing), stranger_arn (how a
# bucket's policy names the stranger; empty where the server has no such user), lists_uploads (no:
# interrupted ones are listed by their whole names only), folder, pid.
# Exit code 77 where the server cannot be had; HANDOVER then says "missing=<reason>".

server_name="server"
seconds_to_start=60

die() {
  echo "$server_name: $1" >&2
  exit 1
}

# Those of the arguments that are not installed.
not_installed() {
  local name missing=()
  for name in "$@"; do
    command -v "$name" >/dev/null || missing+=("$name")
  done
  echo "${missing[*]}"
}

# Below the ports that the kernel hands out by itself, so that no connection takes one in between.
taken_ports=" "
free_port() {
  local port
  while :; do
    port=$((10000 + RANDOM % 20000))
    [[ $taken_ports != *" $port "* ]] || continue
    grep -qi ":$(printf %04X "$port") " /proc/net/tcp /proc/net/tcp6 2>/dev/null && continue
    taken_ports+="$port "
    chosen_port=$port
    return
  done
}

# A CA, and a server certificate signed by it, as an operator's own would be.
make_certificates() {
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 \
    -subj "/CN=Walden test CA" -addext basicConstraints=critical,CA:TRUE
  openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
    -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out server.crt
  cat server.key server.crt >server.pem
}

# In the foreground of a supervisor that dies with all of them: nothing outlives its parent.
daemon() { setpriv --pdeathsig KILL "$@" >>log/daemons 2>&1 & }

# What a test needs to know; moved into place whole.
write_handover() {
  {
    echo "endpoint=http://localhost:$http_port"
    echo "tls_endpoint=https://localhost:$tls_port"
    echo "ca_file=$PWD/ca.pem"
    echo "region=us-east-1"
    particulars
    echo "folder=$PWD"
    echo "pid=$$"
  } >handover
  mv handover "$1"
}

# With what was said, if it never got as far as to be of use.
clean_up() {
  local status=$?
  jobs -p | xargs -r kill 2>/dev/null || true
  [[ -n ${handed_over-} ]] || tail -n 8 start.log log/* || true
  rm -rf "$PWD"
  exit "$status"
}

# Runs as long as the servers do. Its end is theirs.
supervise() {
  local handover=$1 folder=$2 caller=$3
  cd "$folder" || exit 1
  # The test programs run as another user, who must reach the CA's certificate.
  chmod 0755 .
  trap clean_up EXIT
  trap 'exit 1' TERM INT HUP
  free_port && http_port=$chosen_port
  free_port && tls_port=$chosen_port
  mkdir log
  { make_certificates && bring_up; } >start.log 2>&1
  write_handover "$handover"
  handed_over=yes
  if [[ $caller == none ]]; then
    wait
  else
    tail --pid="$caller" -f /dev/null &
    wait $!
  fi
}

start() {
  local handover caller=none reason
  handover=$(realpath -m "$1")
  [[ ${2-} != --with-caller ]] || caller=$PPID
  stop "$handover"
  mkdir -p "${handover%/*}"
  reason=$(why_not)
  if [[ -n $reason ]]; then
    echo "missing=$reason" >"$handover"
    echo "skipped: $reason"
    exit 77
  fi
  local folder
  folder=$(mktemp -d "${TMPDIR:-/tmp}/walden-s3-server.XXXXXX")
  said=$(mktemp "${TMPDIR:-/tmp}/walden-s3-server-said.XXXXXX")
  trap 'rm -f "$said"' EXIT
  setsid "$0" supervise "$handover" "$folder" "$caller" </dev/null >"$said" 2>&1 &
  local supervisor=$! deadline=$((SECONDS + seconds_to_start))
  while [[ ! -s $handover ]]; do
    if ((SECONDS >= deadline)); then kill "$supervisor" 2>/dev/null || true; fi
    if ! kill -0 "$supervisor" 2>/dev/null; then
      cat "$said" >&2
      die "it did not come up within $seconds_to_start s"
    fi
    sleep 0.1
  done
}

stop() {
  local handover=$1 pid folder
  [[ -e $handover ]] || return 0
  pid=$(sed -n 's/^pid=//p' "$handover")
  folder=$(sed -n 's/^folder=//p' "$handover")
  rm -f "$handover"
  # The number may be another process's by now.
  if grep -qsz -x supervise "/proc/${pid:-none}/cmdline"; then
    kill "$pid"
    tail --pid="$pid" -f /dev/null
  fi
  # Left behind by a supervisor that was killed.
  if [[ $folder == */walden-s3-server.* ]]; then rm -rf "$folder"; fi
}

local_server_main() {
  case ${1-} in
    start) start "${@:2}" ;;
    stop) stop "${2:?usage: $server_name stop HANDOVER}" ;;
    supervise) supervise "${@:2}" ;;
    *) echo "usage: $server_name start HANDOVER [--with-caller] | stop HANDOVER" >&2 && exit 2 ;;
  esac
}
