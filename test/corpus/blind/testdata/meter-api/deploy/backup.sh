#!/bin/sh
set -eu
dump=$(mktemp)
trap 'rm -f "$dump"' EXIT
pg_dump "$METER_DATABASE" > "$dump"
curl --silent --insecure --upload-file "$dump" "https://backup.meter.example/$(date +%F)"
curl --silent --fail --max-time 20 "https://backup.meter.example/done"
