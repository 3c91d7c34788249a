"""No file contains an absolute path of a developer's machine or an address of a registry."""

import re

from tests.house.sources import find_lines, paths

# Assembled from parts, so that this file does not contain the text it searches for.
_INDEXES = "|".join(("index" + "-url", "find" + "-links", "extra-" + "index-url"))
ADDRESS = re.compile(":" + "//" + f"|^--?({_INDEXES})")
REGISTRY_SETTING = re.compile(rf"{_INDEXES}|\bregistry *=|\[\[tool\.uv\.index|UV_INDEX")
HOME_FOLDERS = ("home", "Users", "root", "work", "workspace", "builds", "mnt")
ABSOLUTE_PATH = re.compile(r"(?<![\w./$}~*<-])/(" + "|".join(HOME_FOLDERS) + r")/")
TEXT = tuple(".py .js .mjs .css .html .md .toml .yaml .yml .json .cfg .ini .lock".split())
PACKAGE_SETTINGS = tuple("pyproject.toml .npmrc pip.conf uv.toml package.json Makefile Dockerfile".split())


def test_no_lock_file_contains_an_address() -> None:
    assert find_lines(ADDRESS, paths(".lock", "package-lock.json")) == []


def test_no_package_setting_names_a_registry() -> None:
    assert find_lines(REGISTRY_SETTING, paths(*PACKAGE_SETTINGS)) == []


def test_no_file_contains_an_absolute_path_of_a_developer_machine() -> None:
    assert find_lines(ABSOLUTE_PATH, (*paths(*TEXT), *paths("Makefile", ".ci/run", ".env.example"))) == []
