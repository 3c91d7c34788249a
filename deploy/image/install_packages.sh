#!/bin/sh
# Makes the environment of the product: the packages of the lock file, each checked by its hash.
set -eu
lock=$1 venv=$2
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir --require-hashes -r "$lock"
# Nothing is installed at run time.
"$venv/bin/pip" uninstall --quiet --disable-pip-version-check --yes setuptools pip
