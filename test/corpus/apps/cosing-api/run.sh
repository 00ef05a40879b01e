#!/bin/sh
set -e
docker build -t cosing-api .
docker rm -f cosing-api 2>/dev/null || true
docker run -d --name cosing-api --env-file .env -p 8000:8000 cosing-api
