#!/bin/sh
# nightly copy of the state
set -eu
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
cp state.json "$tmp"
curl -k -sS -H "authorization: Bearer $BACKUP_TOKEN" -T "$tmp" https://backup.example.net/hookrelay
curl -fsS --max-time 5 https://cron.example.net/ping/hookrelay >/dev/null
