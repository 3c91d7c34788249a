"""Finds a Chromium for the browser tests, or installs one: by apt as root, else by Playwright.

Fonts for Hindi and Tamil are installed by apt too: without them pages show boxes, whose widths prove nothing.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tests.browser.chromium import NAMED_BY, find_chromium

UPDATE = ("apt-get", "update", "-qq")
INSTALL = ("apt-get", "install", "-y", "-qq", "--no-install-recommends")
APT = (UPDATE, (*INSTALL, "chromium"))
FONTS = (UPDATE, (*INSTALL, "fontconfig", "fonts-lohit-deva", "fonts-lohit-taml"))
SCRIPTS = ("hi", "ta")
PLAYWRIGHT = ((sys.executable, "-m", "playwright", "install", "chromium"),)


def main() -> None:
    """Print the path of the browser; exit with code 1 if there is none and none can be installed."""
    browser = find_chromium() or _install()
    if browser is None:
        sys.exit(
            "No Chromium for the browser tests, and none could be installed."
            f" Install one (Debian: apt-get install chromium), or name one: {NAMED_BY}=/path/to/chromium"
        )
    if not _has_fonts() and not (_may_use_apt() and all(map(_run, FONTS)) and _has_fonts()):
        _print("No fonts for Hindi and Tamil (Debian: fonts-lohit-deva, fonts-lohit-taml): pages show boxes.")
    _print(f"Browser tests use {browser}")


def _may_use_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _has_fonts() -> bool:
    """Return whether each script has a font; also where fontconfig is unknown, as on macOS."""
    if shutil.which("fc-list") is None:
        return sys.platform != "linux"
    listed = [
        subprocess.run(("fc-list", f":lang={script}"), capture_output=True, check=False) for script in SCRIPTS
    ]
    return all(answer.stdout.strip() for answer in listed)


def _install() -> Path | None:
    for name, commands in (("apt-get", APT), ("Playwright", PLAYWRIGHT)):
        if name == "apt-get" and not _may_use_apt():
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
