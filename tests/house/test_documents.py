"""Documents name only existing files, functions, commands and links; decisions have one form."""

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
PARTS_OF_A_DECISION = ["## Context", "## Decision", "## Rejected alternatives", "## Consequences"]
STATUS_AND_DATE = re.compile(
    r"^# \d{4}: .+\n\nStatus: (accepted(, superseded in part by \d{4})?|superseded by \d{4})\n"
    r"Date: \d{4}-\d\d-\d\d\n\n"
)
# Generated folders, which are not in the repository.
GENERATED = ("var/", "build/", ".venv/")
_FILE = re.compile(r"^[\w.-]+(?:/[\w.-]+)+/?$|^[\w-]+\.(?:py|md|toml|yaml|lock|js|css)$|^[A-Z][a-z]*file$")
_FUNCTION = re.compile(r"^(?:[\w.]+\.)?(\w+)\(\)$")
# Of Django, and of drf-spectacular, which comes with the product.
_DJANGO_COMMANDS = set(
    "migrate check help createsuperuser changepassword collectstatic makemigrations shell spectacular".split()
)


def test_every_file_named_in_a_document_exists() -> None:
    missing = [
        f"{document}: {quote}"
        for document in DOCUMENTS
        for quote in _quotes(document)
        if _FILE.match(quote) and not quote.startswith(GENERATED) and not _exists(document, quote)
    ]
    assert missing == []


def test_every_function_named_in_a_document_exists() -> None:
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


def test_every_command_named_in_a_document_exists() -> None:
    commands = {PurePosixPath(path).stem for path in paths(".py") if "/management/commands/" in path}
    missing = [
        f"{document}: {name}"
        for document in DOCUMENTS
        for name in re.findall(r"manage\.py ([a-z_]+)", read(document))
        if name not in commands | _DJANGO_COMMANDS
    ]
    assert missing == []


def test_every_relative_link_in_the_documents_has_a_target() -> None:
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


def test_every_decision_has_its_own_number_and_the_same_sections() -> None:
    numbers = [int(PurePosixPath(path).name[:4]) for path in DECISIONS]
    assert len(set(numbers)) == len(numbers)
    forms = {path: re.findall(r"^## .*", read(path), re.MULTILINE) for path in DECISIONS}
    assert forms == dict.fromkeys(DECISIONS, PARTS_OF_A_DECISION)
    assert [path for path in DECISIONS if not STATUS_AND_DATE.match(read(path))] == []


def test_the_security_document_explains_every_secret_that_the_settings_require() -> None:
    secrets = set(re.findall(r'= _required\("([A-Z_]+)"\)', read("swiftlogix/settings.py")))
    assert "SECRET_KEY" in secrets
    assert {name for name in secrets if f"`{name}`" not in read("docs/security.md")} == set()


@cache
def _quotes(document: str) -> tuple[str, ...]:
    """Collect the words in backticks of a document, without code blocks."""
    text = re.sub(r"^```.*?^```", "", read(document), flags=re.MULTILINE | re.DOTALL)
    return tuple(chain.from_iterable(part.split() for part in re.findall(r"`([^`\n]+)`", text)))


def _exists(document: str, quote: str) -> bool:
    """Return whether a path exists, from the root or from the document; a bare name may be anywhere."""
    if "/" not in quote:
        return any(PurePosixPath(path).name == quote for path in paths())
    return (ROOT / quote).exists() or (ROOT / document).parent.joinpath(quote).exists()


def _resolve(document: str, target: str) -> str:
    return (Path("/") / PurePosixPath(document).parent / target).resolve().relative_to("/").as_posix()


def test_the_data_flow_drawing_matches_its_source_text() -> None:
    check = subprocess.run([sys.executable, "scripts/draw_data_flow.py", "--check"], cwd=ROOT, check=False)
    assert check.returncode == 0
