#!/bin/sh
# Writes the code generated from the API's .proto files; with -check it only
# compares. Needs Go, and the first time the module proxy; nothing else.
set -e
cd "$(dirname "$0")/internal"
exec go run ./protogen "$@"
