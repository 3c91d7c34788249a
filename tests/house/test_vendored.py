"""Vendored files are the ones that VENDOR.md lists, byte for byte, and NOTICE names their packages."""

import hashlib
import re

from tests.house.sources import ROOT, read

FOLDER = ROOT / "tracking" / "static" / "vendor"
LIST = "VENDOR.md"
PACKAGE = re.compile(r"^## (?P<name>\S+) (?P<version>\S+) \((?P<licence>[^)]+)\)$", re.MULTILINE)
FILE = re.compile(r"^\| `(?P<name>[^`]+)` \|.*\| `(?P<sha256>[0-9a-f]{64})` \|$", re.MULTILINE)
LISTED = (FOLDER / LIST).read_text(encoding="utf-8")


def test_every_vendored_file_has_the_listed_hash() -> None:
    listed = {found["name"]: found["sha256"] for found in FILE.finditer(LISTED)}
    shipped = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FOLDER.iterdir()
        if path.name != LIST
    }
    assert shipped == listed


def test_the_notice_names_every_vendored_package_with_its_licence() -> None:
    packages = [(found["name"], found["licence"]) for found in PACKAGE.finditer(LISTED)]
    lines = read("NOTICE").splitlines()
    named = [pair for pair in packages if any(all(part in line for part in pair) for line in lines)]
    assert packages
    assert named == packages
