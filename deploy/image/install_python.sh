#!/bin/sh
# Installs Python and certificates from Debian: `build` with what makes environments, `run` without it.
set -eu
case "${1:-}" in
    build) packages="python3 python3-venv ca-certificates" ;;
    run) packages="python3 ca-certificates" ;;
    *) echo "install_python.sh build|run" >&2; exit 2 ;;
esac
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 - a list of words
apt-get install -qq --yes --no-install-recommends $packages
apt-get clean
rm -rf /var/lib/apt/lists/*
