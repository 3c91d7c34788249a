#!/bin/sh
# Makes .venv with all packages of requirements-dev.lock; does nothing when it has them already.
set -eu
cd "$(dirname "$0")/.."

LOCK=requirements-dev.lock
VENV=.venv
STAMP=$VENV/.made_from

say() { printf '%s\n' "$*" >&2; }

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if is_new_enough "$name"; then
            printf '%s\n' "$name"
            return
        fi
    done
    say "SwiftLogix needs Python 3.11 or newer; $(python3 --version 2>&1 || true) is what python3 gives."
    say "Install one (Debian, Ubuntu: apt-get install python3 python3-venv), or name it: make setup PYTHON=/path"
    exit 1
}

# Debian's Python comes without the module that puts pip into a new environment.
make_environment() {
    "$1" -m venv "$VENV" >/dev/null 2>&1 && return
    rm -rf "$VENV"
    say "$1 -m venv cannot bring pip along here; trying without."
    if "$1" -m venv --without-pip "$VENV" && "$1" -m pip --python "$VENV/bin/python" install --quiet pip; then
        return
    fi
    rm -rf "$VENV"
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    say "No virtual environment could be made. On Debian and Ubuntu: apt-get install python3-venv python$version-venv"
    exit 1
}

wanted=$(cksum < "$LOCK")
if [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$wanted" ] && [ -x "$VENV/bin/python" ]; then
    exit 0
fi
if ! is_new_enough "$VENV/bin/python"; then
    if [ -L "$VENV" ] || { [ -e "$VENV" ] && [ ! -f "$VENV/pyvenv.cfg" ]; }; then
        say "$VENV is there, but it is no environment of ours. Move it away and try again."
        exit 1
    fi
    rm -rf "$VENV"
    make_environment "$(find_python)"
fi
say "Installing the packages of $LOCK into $VENV (a minute or two, once)."
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$LOCK"
printf '%s\n' "$wanted" > "$STAMP"
say "Done. Next: make demo"
