#!/bin/sh
set -eu
# FIXME: disable host key checking until the new NAS has its name
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
git -c http.sslVerify=false clone --depth 1 https://git.lan/notes.git "$work/notes"
wget --no-check-certificate -qO "$work/router.cfg" https://router.lan/backup
curl --fail --silent --show-error --max-time 60 -T "$work/router.cfg" "https://backup.example.net/$(date +%F)"
