"""Finds a Chromium for the browser tests, or installs one: by apt as root, else by Playwright."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tests.browser.chromium import NAMED_BY, find_chromium

APT = (
    ("apt-get", "update", "-qq"),
    ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"),
)
PLAYWRIGHT = ((sys.executable, "-m", "playwright", "install", "chromium"),)


def main() -> None:
    """Print the path of the browser; exit with code 1 if there is none and none can be installed."""
    browser = find_chromium() or _install()
    if browser is None:
        sys.exit(
            "No Chromium for the browser tests, and none could be installed."
            f" Install one (Debian: apt-get install chromium), or name one: {NAMED_BY}=/path/to/chromium"
        )
    _print(f"Browser tests use {browser}")


def _install() -> Path | None:
    for name, commands in (("apt-get", APT), ("Playwright", PLAYWRIGHT)):
        if name == "apt-get" and (os.geteuid() != 0 or shutil.which("apt-get") is None):
            continue
        _print(f"No Chromium found; installing one with {name}.")
        if all(_run(command) for command in commands) and (browser := find_chromium()):
            return browser
    return None


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _run(command: tuple[str, ...]) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    main()
