#!/bin/sh
# Writes both lock files anew from pyproject.toml: versions and hashes, no addresses.
set -eu
cd "$(dirname "$0")/.."

UV=$(command -v uv || true)
if [ -z "$UV" ]; then
    # Not a package of the product: it lies apart, and is fetched when it is first needed.
    [ -x build/uv/bin/uv ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check --target build/uv uv
    UV=build/uv/bin/uv
fi

compile() {
    target=$1
    shift
    "$UV" pip compile pyproject.toml --quiet --universal --generate-hashes --python-version 3.11 \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@" --output-file "$target" >/dev/null
}

compile requirements.lock --extra demo
compile requirements-dev.lock --extra demo --group dev
