#!/bin/sh
# Writes the lock files anew from pyproject.toml: versions and hashes, no addresses.
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
    "$UV" pip compile --quiet --universal --generate-hashes --python-version 3.11 \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@" --output-file "$target" >/dev/null
}

compile requirements.lock pyproject.toml --extra demo --extra otel
compile requirements-dev.lock pyproject.toml --extra demo --extra otel --extra bench --group dev
# What the benches measure us against calls our line, but wants other releases of the AWS client.
compile requirements-peers.lock pyproject.toml --group peers
