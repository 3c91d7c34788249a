"""The repository has what a newcomer looks for: the commands, the change log, the notice, the variables."""

import re

from tests.house.sources import paths, read

TARGETS = {"setup", "demo", "test", "lock"}


def test_the_makefile_has_the_commands_that_the_documents_name() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))
    assert TARGETS - targets == set()


def test_the_documents_name_only_commands_that_the_makefile_has() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))
    named = {
        target
        for path in ("README.md", *paths(".md"))
        if path == "README.md" or path.startswith("docs/")
        for target in re.findall(r"\bmake ([a-z][a-z-]*)", " ".join(re.findall(r"`[^`]+`", read(path))))
    }
    assert named - targets == set()


def test_the_change_log_tells_what_is_not_released_yet() -> None:
    assert "## [Unreleased]" in read("CHANGELOG.md")


def test_the_notice_names_what_others_wrote() -> None:
    carried = {path.split("/")[-2] for path in paths("VENDOR.md")}
    notice = read("NOTICE")
    assert {folder for folder in carried if folder not in notice} == set()


def test_every_variable_that_the_settings_read_is_in_the_example() -> None:
    asked_for = re.findall(r'(?:env\.\w+|_required)\(\s*"([A-Z_]+)"', read("swiftlogix/settings.py"))
    listed = set(re.findall(r"^#? ?([A-Z_]+)=", read(".env.example"), re.MULTILINE))
    assert set(asked_for) - listed == set()
