"""The documents name only what is there: files, functions, commands, links; decisions have one form."""

import ast
import re
import subprocess
import sys
from functools import cache
from itertools import chain
from pathlib import Path, PurePosixPath

from tests.house.sources import ROOT, all_modules, paths, read

DOCUMENTS = tuple(
    path
    for path in paths(".md")
    if path in {"README.md", "CONTRIBUTING.md", "SECURITY.md"} or path.startswith(("docs/", "deploy/"))
)
DECISIONS = tuple(path for path in DOCUMENTS if path.startswith("docs/decisions/"))
PARTS_OF_A_DECISION = ["## Context", "## Decision", "## Consequences"]
# Made on the machine, not kept in the repository.
MADE_LATER = ("var/", "build/", ".venv/")
_FILE = re.compile(r"^[\w.-]+(?:/[\w.-]+)+/?$|^[\w-]+\.(?:py|md|toml|yaml|lock|js|css)$|^[A-Z][a-z]*file$")
_FUNCTION = re.compile(r"^(?:[\w.]+\.)?(\w+)\(\)$")
# Of Django, and of drf-spectacular, which comes with the product.
_DJANGO_COMMANDS = set(
    "migrate check help createsuperuser changepassword collectstatic makemigrations shell spectacular".split()
)


def test_every_file_that_a_document_names_is_there() -> None:
    missing = [
        f"{document}: {quote}"
        for document in DOCUMENTS
        for quote in _quotes(document)
        if _FILE.match(quote) and not quote.startswith(MADE_LATER) and not _is_there(document, quote)
    ]
    assert missing == []


def test_every_function_that_a_document_names_is_there() -> None:
    defined = {
        node.name
        for module in all_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    missing = [
        f"{document}: {quote}"
        for document in DOCUMENTS
        for quote in _quotes(document)
        if (call := _FUNCTION.match(quote)) and call[1] not in defined
    ]
    assert missing == []


def test_every_command_that_a_document_names_is_there() -> None:
    commands = {PurePosixPath(path).stem for path in paths(".py") if "/management/commands/" in path}
    missing = [
        f"{document}: {name}"
        for document in DOCUMENTS
        for name in re.findall(r"manage\.py ([a-z_]+)", read(document))
        if name not in commands | _DJANGO_COMMANDS
    ]
    assert missing == []


def test_every_link_inside_the_documents_leads_somewhere() -> None:
    dead = [
        f"{document}: {target}"
        for document in DOCUMENTS
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", read(document))
        if not (ROOT / document).parent.joinpath(target).exists()
    ]
    assert dead == []


def test_every_document_can_be_reached_from_the_index() -> None:
    reachable, to_read = set[str](), ["README.md"]
    while to_read:
        document = to_read.pop()
        if document in reachable or not (ROOT / document).exists():
            continue
        reachable.add(document)
        to_read += [
            _resolve(document, target) for target in re.findall(r"\]\(([^)#:\s]+\.md)", read(document))
        ]
    assert sorted(set(DOCUMENTS) - reachable) == []


def test_decisions_have_a_number_each_and_one_form() -> None:
    numbers = [int(PurePosixPath(path).name[:4]) for path in DECISIONS]
    assert len(set(numbers)) == len(numbers)
    forms = {path: re.findall(r"^## .*", read(path), re.MULTILINE) for path in DECISIONS}
    assert forms == dict.fromkeys(DECISIONS, PARTS_OF_A_DECISION)


@cache
def _quotes(document: str) -> tuple[str, ...]:
    """What stands in backticks in a document, code blocks left out."""
    text = re.sub(r"^```.*?^```", "", read(document), flags=re.MULTILINE | re.DOTALL)
    return tuple(chain.from_iterable(part.split() for part in re.findall(r"`([^`\n]+)`", text)))


def _is_there(document: str, quote: str) -> bool:
    """Whether a path, from the root or from the document, is there; a bare name may be anywhere."""
    if "/" not in quote:
        return any(PurePosixPath(path).name == quote for path in paths())
    return (ROOT / quote).exists() or (ROOT / document).parent.joinpath(quote).exists()


def _resolve(document: str, target: str) -> str:
    return (Path("/") / PurePosixPath(document).parent / target).resolve().relative_to("/").as_posix()


def test_the_drawing_of_the_data_flow_is_that_of_its_text() -> None:
    drawn = subprocess.run([sys.executable, "scripts/draw_data_flow.py", "--check"], cwd=ROOT, check=False)
    assert drawn.returncode == 0
