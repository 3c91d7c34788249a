"""Names contain no catch-all words, and the names of tests are sentences."""

import ast
import re
from pathlib import PurePosixPath

from tests.house.sources import all_modules, find_lines, function_nodes, modules, paths

CATCH_ALL_MODULES = frozenset(
    {"utils", "helpers", "common", "core", "base", "managers", "signals", "misc", "util"}
)
CATCH_ALL_WORDS = frozenset({"manager", "handler", "helper", "processor", "engine", "util", "utils"})
MIN_WORDS_OF_A_TEST = 4
# Assembled from parts, so that this file does not contain the text it searches for.
POSTPONED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")


def test_no_module_or_folder_has_a_catch_all_name() -> None:
    catch_all = [
        path
        for path in paths(".py", ".js")
        if CATCH_ALL_MODULES & {part.partition(".")[0] for part in PurePosixPath(path).parts}
    ]
    assert catch_all == []


def test_no_class_or_function_has_a_catch_all_name() -> None:
    catch_all = [
        f"{module.path}:{node.lineno} {node.name}"
        for module in all_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("test_")
        and CATCH_ALL_WORDS & set(_words(node.name))
    ]
    assert catch_all == []


def test_the_name_of_every_test_is_a_sentence() -> None:
    too_short = [
        f"{module.path}:{node.lineno} {node.name}"
        for module in modules("tests")
        for node in function_nodes(module)
        if node.name.startswith("test_") and len(node.name.split("_")) <= MIN_WORDS_OF_A_TEST
    ]
    assert too_short == []


def test_no_comment_postpones_work() -> None:
    assert find_lines(POSTPONED, paths(".py", ".js", ".html", ".css", ".yaml", ".toml", ".md")) == []


def _words(name: str) -> list[str]:
    """Split `BookingForm` or `booking_form` into lower-case words."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_").split("_")
