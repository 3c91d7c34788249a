"""Access to the repository's files and syntax trees, for the tests of the repository rules."""

import ast
import gc
import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
# Packages that ship in the wheel; the laboratory stays in the repository.
PACKAGES = ("swiftlogix", "workers", "notifications", "tracking")
SOURCES = ("laboratory", *PACKAGES)
# Folders with generated files, and with third-party files that are only copied here.
_NOT_OURS = re.compile(r"^(\..*|var|build|node_modules|__pycache__|vendor)$")
_OURS_IN_SPITE_OF_THE_DOT = {".ci"}


class Module(NamedTuple):
    """Python file: its path from the root, its text, its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Dotted name of the module."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class Function(NamedTuple):
    """Function: its place (`path:line`), its name, its length in lines from `def` to its last line."""

    where: str
    name: str
    lines: int


FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def paths(*suffixes: str) -> tuple[str, ...]:
    """List the repository's files that end in one of the suffixes (default: all), from the root, sorted."""
    found = []
    for folder, subfolders, names in os.walk(ROOT):
        subfolders[:] = [name for name in subfolders if _is_ours(name)]
        found += [(Path(folder) / name).relative_to(ROOT).as_posix() for name in names]
    return tuple(sorted(path for path in found if not suffixes or path.endswith(suffixes)))


@cache
def paths_in_git(*suffixes: str) -> tuple[str, ...]:
    """List the files of `paths` that git tracks; all of them in a tree without git, such as an archive."""
    if not (ROOT / ".git").exists():
        return paths(*suffixes)
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = set(listing.stdout.split("\0"))
    return tuple(path for path in paths(*suffixes) if path in tracked)


def _is_ours(folder_name: str) -> bool:
    return folder_name in _OURS_IN_SPITE_OF_THE_DOT or not _NOT_OURS.match(folder_name)


def read(path: str) -> str:
    """Read the text of a file, by its path from the root."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def modules(*tops: str) -> tuple[Module, ...]:
    """Parse the Python modules under these folders (default: product and laboratory), without migrations."""
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
    # Nothing of the trees is garbage, and to look for some while they grow takes longer than to parse them.
    gc.disable()
    try:
        return tuple(_parse(path, text) for path, text in sorted(texts.items()))
    finally:
        gc.freeze()
        gc.enable()


@cache
def _parse(path: str, text: str) -> Module:
    """Parse a file, once for all sets of modules that contain it."""
    return Module(path, text, ast.parse(text))


def all_modules() -> tuple[Module, ...]:
    """Parse the modules of product, laboratory, tests and `deploy`."""
    return modules(*SOURCES, "tests", "deploy")


def function_nodes(module: Module) -> Iterator[FunctionNode]:
    """Yield every function and method of a module, including nested ones."""
    return (node for node in ast.walk(module.tree) if isinstance(node, FunctionNode))


def import_names(module: Module) -> set[str]:
    """Collect the top-level names of everything a module imports, including imports inside functions."""
    names: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


def functions(*of: Module) -> list[Function]:
    """List every function of these modules with its length."""
    return [
        Function(f"{module.path}:{node.lineno}", node.name, node.end_lineno - node.lineno + 1)
        for module in of
        for node in function_nodes(module)
        if node.end_lineno
    ]


def find_lines(pattern: re.Pattern[str], where: tuple[str, ...]) -> list[str]:
    """List the lines (`path:line: text`) of these files that match the pattern."""
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in where
        for number, line in enumerate(read(path).splitlines(), start=1)
        if pattern.search(line)
    ]
