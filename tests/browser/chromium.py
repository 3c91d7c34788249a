"""Search for a Chromium for the browser tests: given by a variable, on PATH, or installed by Playwright."""

import os
import shutil
import subprocess
from pathlib import Path

NAMED_BY = "SWIFTLOGIX_CHROMIUM"
ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium takes the last list of features, so it has what Playwright switches off too. The two popups of the
# address bar are pages with scripts, loaded for each window: they cost more CPU than most tests.
_WITHOUT = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxPopup",
)
# The sandbox cannot start in a container, and only our own pages are opened.
OPTIONS = ["--no-sandbox", f"--disable-features={','.join(_WITHOUT)}"]


def find_chromium() -> Path | None:
    """Return the first Chromium that starts, or None."""
    return next((path for path in _candidates() if _starts(path)), None)


def _candidates() -> list[Path]:
    named = os.environ.get(NAMED_BY)
    found = [named, *(shutil.which(name) for name in ON_PATH), _of_playwright()]
    return [Path(path) for path in found if path]


def _of_playwright() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _starts(path: Path) -> bool:
    # A program on PATH may be a stub that only prints what to install.
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0
