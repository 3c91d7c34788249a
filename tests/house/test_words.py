"""Source, tests and documents use plain terms, and docstrings begin with what they describe."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

import pytest

from tests.house.sources import Module, all_modules, modules, paths_in_git, read


class Term(NamedTuple):
    """Word not to be used, as a pattern: the plain term to write instead, and the reason."""

    pattern: str
    plain: str
    reason: str


# Words that no text uses: docstrings, comments, log lines, documents.
IN_TEXT = (
    Term(r"whoever", "the caller, the reader, the process", "it does not say which part of the system acts"),
    Term(r"befalls?", "happens to", "it is archaic"),
    Term(r"stints?", "shard consumer", "it is our own word for a standard thing"),
    Term(r"keepers?", "lease renewer", "it does not say what is kept or how"),
    Term(r"lane ?books?", "lane statistics", "it is a metaphor"),
    Term(r"outlooks?", "lateness risk", "it does not say what is predicted"),
    Term(r"by heart", "in memory, cached", "it is a metaphor"),
)
# Words that no name of a function, class, argument or variable contains.
IN_NAMES = (
    Term(r"tell|tells|told", "notify (people), record (facts)", "it has a dozen meanings"),
    Term(r"habits?", "dwell statistics, duration statistics", "it is a metaphor"),
    Term(r"wish|wishes", "customer request", "it is not the term that carriers use"),
    Term(r"stints?", "shard consumer", "it is our own word for a standard thing"),
    Term(r"keepers?", "lease renewer", "it does not say what is kept or how"),
    Term(r"outlooks?", "lateness risk", "it does not say what is predicted"),
    Term(r"whoever", "the caller, the process", "it does not say which part of the system acts"),
)
# Starts of a docstring that hide its subject: begin with a verb or with the noun itself.
STARTS = re.compile(r"(The|What|Whether|Who|Whose|How|When|Where|Which|Why)\b")
# Few files contain any of the words of texts: one search says which.
ANY_IN_TEXT = re.compile("|".join(term.pattern for term in IN_TEXT), re.IGNORECASE)
# Stored or sent names keep their spelling; they are declared in this form.
STORED_NAME = re.compile(r'\bname="\w+"')
TEXT_FILES = (".py", ".js", ".mjs", ".html", ".css", ".md", ".toml", ".yaml", "Makefile")
# The history keeps its words, recorded answers are data, and this file lists the words themselves.
EXEMPT = re.compile(r"^CHANGELOG\.md$|/migrations/|^tests/golden/answers/|^tests/house/test_words\.py$")


def find_in_text(text: str) -> list[str]:
    """List the lines (`number: word, plain term`) that contain a word of `IN_TEXT`."""
    if not ANY_IN_TEXT.search(text):
        return []
    return [
        f"{number}: {word[0]}, write: {term.plain}"
        for number, line in enumerate(text.splitlines(), start=1)
        for term in IN_TEXT
        for word in re.finditer(rf"\b(?:{term.pattern})\b", STORED_NAME.sub("", line), re.IGNORECASE)
    ]


def find_in_names(tree: ast.AST) -> list[str]:
    """List the definitions (`line: name, plain term`) whose name contains a word of `IN_NAMES`."""
    return [
        f"{line}: {name}, write: {plain}" for line, name in _defined_names(tree) for plain in _judge(name)
    ]


def find_starts(tree: ast.AST) -> list[str]:
    """List the docstrings (`line: first words`) that begin with a word of `STARTS`."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        f"{getattr(node, 'lineno', 1)}: {docstring[:40]}"
        for node in ast.walk(tree)
        if isinstance(node, documented) and STARTS.match(docstring := ast.get_docstring(node) or "")
    ]


def find_all(paths: Iterable[str]) -> list[str]:
    """List all findings (`path:finding`) in these files."""
    checked = set(paths)
    texts = [f"{path}:{found}" for path in sorted(checked) for found in find_in_text(read(path))]
    trees = {module.path: module.tree for module in _modules() if module.path in checked}
    names = [f"{path}:{found}" for path, tree in trees.items() for found in find_in_names(tree)]
    return [
        *texts,
        *names,
        *(f"{path}:{found}" for path, tree in trees.items() for found in find_starts(tree)),
    ]


def test_no_file_contains_a_word_that_has_a_plain_term():
    assert find_all(_files()) == []


@pytest.mark.parametrize("term", IN_TEXT, ids=lambda term: term.plain)
def test_every_word_is_found_in_a_line_of_text_but_not_as_a_stored_name(term):
    word = re.sub(r"[?]|s\?", "", term.pattern)
    assert find_in_text(f"plain\nThe {word.capitalize()}.\n") == [
        f"2: {word.capitalize()}, write: {term.plain}"
    ]
    assert find_in_text(f'risk: Risk = field(name="{word.replace(" ", "_")}")') == []


@pytest.mark.parametrize(
    "source",
    [
        "def {}_it(): pass",
        "async def {}(): pass",
        "class {}Reader: pass",
        "def read(all_{}): pass",
        "{} = 1",
        "for {} in (): pass",
        "a.{}_id = 1",
        "record = lambda {}: 1",
    ],
)
@pytest.mark.parametrize("term", IN_NAMES, ids=lambda term: term.plain)
def test_every_word_is_found_in_a_name(source, term):
    word = term.pattern.partition("|")[0].removesuffix("s?")
    written = word.capitalize() if "class" in source else word
    (found,) = find_in_names(ast.parse(source.format(written)))
    assert found.endswith(f"write: {term.plain}")


def test_a_word_is_not_found_inside_another_one():
    assert find_in_text("the housekeeper, bookkeepers and stinting") == []
    assert find_in_names(ast.parse("untold = teller = stored = inhabitants = 1")) == []


@pytest.mark.parametrize("start", ["The", "What", "Whether", "Who", "Whose", "How"])
def test_a_docstring_with_a_hidden_subject_is_found(start):
    source = f'"""Module."""\ndef read():\n    """{start} state of a shipment."""\n'
    assert find_starts(ast.parse(source)) == [f"2: {start} state of a shipment."]


def test_a_docstring_that_begins_with_a_verb_or_a_noun_is_not_found():
    source = '"""Theme of the console."""\ndef read():\n    """Return whether the state is whole."""\n'
    assert find_starts(ast.parse(source)) == []


def _files() -> list[str]:
    return [path for path in paths_in_git(*TEXT_FILES) if not EXEMPT.search(path)]


def _modules() -> tuple[Module, ...]:
    return (*all_modules(), *modules("scripts", "docs"))


def _defined_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and name of everything a module defines: functions, classes, arguments, variables."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name


@cache
def _judge(name: str) -> tuple[str, ...]:
    """Return the plain terms to write instead of the words of a name."""
    words = _words(name)
    return tuple(term.plain for term in IN_NAMES if any(re.fullmatch(term.pattern, word) for word in words))


def _words(name: str) -> list[str]:
    """Split `LaneBook` or `lane_book` into lower-case words."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_")
