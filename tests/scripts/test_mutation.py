"""Mutants: each operator changes what it says, types and log lines stay, and the scope names real files."""

from importlib import import_module
from textwrap import dedent

import pytest

from tests.house.sources import ROOT


@pytest.fixture
def mutation(monkeypatch):
    """Return the operators and the scope of `scripts/mutation`, which only `scripts/mutate.py` imports."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return import_module("mutation.operators"), import_module("mutation.scope")


def changes_of(mutation, text: str) -> list[tuple[str, str, str]]:
    operators, _ = mutation
    found = operators.find_mutants("m.py", dedent(text).encode())
    return [(mutant.operator, mutant.before, mutant.after) for mutant in found]


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("a < b", [("boundary", "a < b", "(a <= b)")]),
        ("a >= b", [("boundary", "a >= b", "(a > b)")]),
        ("a is not b", [("equality", "a is not b", "(a is b)")]),
        ("a and b", [("and/or", "a and b", "(a or b)")]),
        ("not a", [("not", "not a", "(a)")]),
        ("a + b", [("arithmetic", "a + b", "(a - b)")]),
        ("a /= b", [("arithmetic", "a /= b", "a *= b")]),
        ("a = 2", [("number", "2", "(1)"), ("number", "2", "(3)")]),
        ("a = 0.5", [("number", "0.5", "(-0.5)"), ("number", "0.5", "(1.5)")]),
        ("a = True", [("bool", "True", "(False)")]),
        ("a = min(b, c)", [("min/max", "min(b, c)", "(max(b, c))")]),
        ("act(a)", [("call", "act(a)", "pass")]),
        ("def f():\n    return a", [("return", "return a", "return None")]),
        ("A = {'b', C}", [("element", "{'b', C}", "({'b'})"), ("element", "{'b', C}", "({C})")]),
        ("A = {'b'}", [("element", "{'b'}", "(set())")]),
        ("A = 'b c'.split()", [("element", "'b c'.split()", f"('{one}'.split())") for one in "bc"]),
    ],
)
def test_each_operator_changes_one_place(mutation, text, changes):
    assert changes_of(mutation, text) == changes


def test_types_docstrings_asserts_and_log_lines_are_no_mutants(mutation):
    assert (
        changes_of(
            mutation,
            '''
            """3 and 4."""
            class C(Base, frozen=True):
                field: Literal[1, 2]
            def f(a: Literal[3]) -> Literal[4]:
                assert a > 2
                log.info("x", n=1)
                return None
            ''',
        )
        == []
    )


def test_what_is_mutated_lies_before_and_behind_the_change_untouched(mutation):
    operators, _ = mutation
    source = "ä = 'é'; b = c < d; é = 5\n".encode()
    texts = [operators.apply(mutant, source).decode() for mutant in operators.find_mutants("m.py", source)]
    assert texts == [
        "ä = 'é'; b = (c <= d); é = 5\n",
        "ä = 'é'; b = c < d; é = (4)\n",
        "ä = 'é'; b = c < d; é = (6)\n",
    ]


def test_every_module_and_every_test_of_the_scope_is_there_and_no_module_is_left_out(mutation):
    _, scope = mutation
    tests = {module: named for area in scope.AREAS.values() for module, named in area.items()}
    named = {*tests, *(path for paths in tests.values() for path in paths.split())}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
    folders = {(ROOT / module).parent for module in tests} - {ROOT / "workers/line"}
    there = {file.relative_to(ROOT).as_posix() for folder in folders for file in folder.glob("*.py")}
    assert {path for path in there - set(tests) if not path.endswith("__init__.py")} == set()


def test_the_tests_that_mirror_a_module_are_run_first_and_none_is_run_twice(mutation):
    _, scope = mutation
    tests = scope.list_tests("domain", "tracking/domain/fold.py")
    assert (tests[0], len(tests)) == ("tests/tracking/domain/test_fold.py", len(set(tests)))
