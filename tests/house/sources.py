"""The repository as the house rules read it: its files by kind, its modules as syntax trees."""

import ast
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
# What ships, and what stays in the repository.
PACKAGES = ("swiftlogix", "workers", "notifications", "tracking")
SOURCES = ("laboratory", *PACKAGES)
# What the machine makes, and what others wrote and we only carry.
_NOT_OURS = re.compile(r"^(\..*|var|build|node_modules|__pycache__|vendor)$")
_OURS_ALL_THE_SAME = {".ci"}


class Module(NamedTuple):
    """A Python file: its path from the root, its text, its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """The module's dotted name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class Function(NamedTuple):
    """A function: where it stands, its name, its length in lines from `def` to its last line."""

    where: str
    name: str
    lines: int


FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def paths(*suffixes: str) -> tuple[str, ...]:
    """Paths of all files of the repository (those that end in one of the suffixes), from the root, sorted."""
    found = []
    for folder, subfolders, names in os.walk(ROOT):
        subfolders[:] = [
            name for name in subfolders if name in _OURS_ALL_THE_SAME or not _NOT_OURS.match(name)
        ]
        found += [(Path(folder) / name).relative_to(ROOT).as_posix() for name in names]
    return tuple(sorted(path for path in found if not suffixes or path.endswith(suffixes)))


def _is_ours(folder_name: str) -> bool:
    return folder_name in _OURS_ALL_THE_SAME or not _NOT_OURS.match(folder_name)


def read(path: str) -> str:
    """The text of a file, by its path from the root."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def modules(*tops: str) -> tuple[Module, ...]:
    """The Python modules under these folders (default: product and laboratory), migrations left out."""
    folders = tuple(f"{top}/" for top in tops or SOURCES)
    texts = {
        path: read(path)
        for path in paths(".py")
        if path.startswith(folders) and "/migrations/" not in path and "__init__.py" not in path
    }
    texts |= {
        path: text
        for path in paths("__init__.py")
        if path.startswith(folders) and (text := read(path)).strip()
    }
    return tuple(_parse(path, text) for path, text in sorted(texts.items()))


@cache
def _parse(path: str, text: str) -> Module:
    """Parse each file once, whichever set of modules it is asked for in."""
    return Module(path, text, ast.parse(text))


def all_modules() -> tuple[Module, ...]:
    """The modules of product and laboratory, of the tests and of `deploy`."""
    return modules(*SOURCES, "tests", "deploy")


def function_nodes(module: Module) -> Iterator[FunctionNode]:
    """Every function and method of a module, nested ones too."""
    return (node for node in ast.walk(module.tree) if isinstance(node, FunctionNode))


def import_names(module: Module) -> set[str]:
    """The top-level names of all that a module imports, late imports among them."""
    names: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


def functions(*of: Module) -> list[Function]:
    """Every function of these modules with its length."""
    return [
        Function(f"{module.path}:{node.lineno}", node.name, node.end_lineno - node.lineno + 1)
        for module in of
        for node in function_nodes(module)
        if node.end_lineno
    ]


def find_lines(pattern: re.Pattern[str], where: tuple[str, ...]) -> list[str]:
    """The places (`path:line: text`) where the pattern occurs in these files."""
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in where
        for number, line in enumerate(read(path).splitlines(), start=1)
        if pattern.search(line)
    ]
