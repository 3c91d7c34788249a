#!/bin/sh
# Makes .venv with all packages of requirements-dev.lock; does nothing when it has them already.
set -eu
cd "$(dirname "$0")/.."

LOCK=requirements-dev.lock
VENV=.venv
STAMP=$VENV/.made_from

say() { printf '%s\n' "$*" >&2; }

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# The Python of a distribution comes first: it is the one of the image, and built with optimisation, which one that
# was compiled on the machine often is not.
list_pythons() {
    for name in ${PYTHON:-} /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11 python; do
        if is_new_enough "$name"; then
            printf '%s\n' "$name"
        fi
    done
}

# Debian's Python comes without the module that puts pip into a new environment.
make_environment() {
    rm -rf "$VENV"
    "$1" -m venv "$VENV" >/dev/null 2>&1 && return
    rm -rf "$VENV"
    "$1" -m venv --without-pip "$VENV" 2>/dev/null &&
        "$1" -m pip --python "$VENV/bin/python" install --quiet pip 2>/dev/null && return
    rm -rf "$VENV"
    return 1
}

make_first_possible() {
    pythons=$(list_pythons)
    if [ -z "$pythons" ]; then
        say "SwiftLogix needs Python 3.11 or newer; $(python3 --version 2>&1 || true) is what python3 gives."
        say "Install one (Debian, Ubuntu: apt-get install python3 python3-venv), or name it: make setup PYTHON=/path"
        exit 1
    fi
    for name in $pythons; do
        make_environment "$name" && return
        say "$name cannot make a virtual environment with pip."
    done
    say "No virtual environment could be made. On Debian and Ubuntu: apt-get install python3-venv"
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
    make_first_possible
fi
say "Installing the packages of $LOCK into $VENV (a minute or two, once)."
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$LOCK"
printf '%s\n' "$wanted" > "$STAMP"
say "Done. Next: make demo"
