#!/usr/bin/env bash
# Runs the official test runner of mlswg/mls-implementations through all of its
# configurations, with this directory's client as every actor, and prints one
# line of RESULTS.md's table for each suite and configuration.
#
#   ./official.sh CLONE [SUITE...]
#
# CLONE is a scratch clone of that repository: generated files are put into it.
# Wants go and protoc. Suites: those of the RFC that are built. deep_random takes
# minutes a suite; QUICK=1 leaves it out.
set -euo pipefail
clone=$(cd "${1:?usage: ./official.sh CLONE [SUITE...]}" && pwd)
shift
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(1 2 3 5 7)
cd "$(dirname "$0")"
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT

# The runner's own go.mod names the versions that it is built with.
export GOBIN=$work/bin PATH=$work/bin:$PATH
go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.33.0
go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.3.0
(
  cd "$clone/interop"
  protoc --go_out=proto --go_opt=paths=source_relative \
    --go-grpc_out=proto --go-grpc_opt=paths=source_relative -I proto mls_client.proto
  cd ..
  go mod tidy
  go build -o "$work/runner" ./interop/test-runner
)
go build -o "$work/serve" ./serve
"$work/serve" -port 0 >"$work/ready" &
server=$!
until grep -q ready "$work/ready"; do
  kill -0 "$server"
  sleep 0.1
done
address=$(sed -n 's/^ready //p' "$work/ready")

failed=0
# run CONFIG SUITE OPTIONS: counts results; without output (-quiet) it is one.
run() {
  local config=$1 suite=$2 status=ok runs=1 start=$SECONDS
  shift 2
  "$work/runner" -client "$address" -config "$clone/interop/configs/$config.json" -suite "$suite" "$@" \
    >"$work/out" 2>"$work/err" || { status=FAILED; failed=1; }
  if [ -s "$work/out" ]; then runs=$(grep -c '"encrypt_flag"' "$work/out"); fi
  echo "| $suite | $config${*:+ $*} | $runs | $status | $((SECONDS - start)) s |"
}
for suite in "${suites[@]}"; do
  for path in "$clone"/interop/configs/*.json; do
    config=$(basename "$path" .json)
    if [ "$config" != deep_random ]; then
      run "$config" "$suite"
    elif [ -z "${QUICK:-}" ]; then # its transcript is too large to keep
      run "$config" "$suite" -private -quiet
      run "$config" "$suite" -public -quiet
    fi
  done
done
exit $failed
