#!/bin/sh
# Collects the static files and compiles all modules; afterwards nobody but root may change a file.
set -eu
app=$1 venv=$2
cd "$app"
BUILDING=1 STATIC_ROOT="$app/static" VAR_DIR=/tmp/build "$venv/bin/python" manage.py collectstatic --no-input --verbosity 0
rm -rf /tmp/build
"$venv/bin/python" -m compileall -q -j 0 "$app"/*/ "$venv"
chmod -R go-w "$app" "$venv"
