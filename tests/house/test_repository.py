"""Presence of the commands, the change log, the notice and the list of variables."""

import re

from tests.house.sources import paths, read

TARGETS = {"setup", "demo", "test", "lock"}
AT_THE_ROOT = ("README.md", "CONTRIBUTING.md", "SECURITY.md")
# A block of code, or code inside a line.
CODE = re.compile(r"^```.*?^```|(?<!`)`[^`\n]+`", re.MULTILINE | re.DOTALL)


def test_the_makefile_has_the_main_commands() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))
    assert TARGETS - targets == set()


def test_the_documents_name_only_commands_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))
    named = {
        target
        for path in paths(".md")
        if path in AT_THE_ROOT or path.startswith("docs/")
        for code in CODE.findall(read(path))
        for target in re.findall(r"\bmake ([a-z][a-z-]*)", code)
    }
    assert named - targets == set()


def test_the_change_log_has_a_section_for_unreleased_changes() -> None:
    assert "## [Unreleased]" in read("CHANGELOG.md")


def test_every_variable_read_by_the_settings_is_in_the_example_file() -> None:
    variables = re.findall(r'(?:env\.\w+|_required)\(\s*"([A-Z_]+)"', read("swiftlogix/settings.py"))
    listed = set(re.findall(r"^#? ?([A-Z_]+)=", read(".env.example"), re.MULTILINE))
    assert set(variables) - listed == set()
