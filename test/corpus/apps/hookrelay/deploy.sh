#!/bin/sh
set -eu
git pull --ff-only
systemctl --user restart hookrelay
