"""Every module, class and function says what it is, and none grows too long to be read at one go."""

import ast
import statistics

from tests.house.sources import (
    FunctionNode,
    Module,
    all_modules,
    function_nodes,
    functions,
    modules,
    paths,
    read,
)

MAX_FUNCTION_LINES = 50
MAX_FILE_LINES = 350
MAX_MEDIAN_LINES = 12


def test_the_first_line_of_every_module_is_a_sentence_about_it() -> None:
    assert [module.path for module in all_modules() if not _opens_with_a_sentence(module)] == []


def test_the_first_line_of_every_script_is_a_sentence_about_it() -> None:
    scripts = [path for path in paths(".js", ".mjs") if not read(path).startswith(("//", "/*"))]
    assert scripts == []


def test_every_public_class_and_function_has_a_docstring() -> None:
    promised = {
        name for module in modules() if module.path.endswith("ports.py") for name in _promises(module)
    }
    silent = [
        f"{module.path}:{node.lineno} {node.name}"
        for module in modules()
        for node in _public_definitions(module.tree)
        if not ast.get_docstring(node) and node.name not in promised | FRAMEWORK_HOOKS
    ]
    assert silent == []


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = [
        f"{function.where} {function.name}: {function.lines}"
        for function in functions(*all_modules())
        if function.lines > MAX_FUNCTION_LINES
    ]
    assert too_long == []


def test_no_file_is_longer_than_one_subject_needs() -> None:
    too_long = [
        f"{path}: {lines}"
        for path in paths(".py", ".js", ".mjs")
        if "/migrations/" not in path and (lines := len(read(path).splitlines())) > MAX_FILE_LINES
    ]
    assert too_long == []


def test_half_of_the_functions_are_only_a_few_lines_long(record_testsuite_property) -> None:
    lengths = [function.lines for function in functions(*modules())]
    median = statistics.median(lengths)
    record_testsuite_property("functions", len(lengths))
    record_testsuite_property("median lines of a function", median)
    assert median <= MAX_MEDIAN_LINES


# Django, DRF and Channels call these by name and say what they do.
FRAMEWORK_HOOKS = frozenset(
    {"ready", "get", "post", "handle", "add_arguments", "connect", "disconnect", "receive"}
)


def _opens_with_a_sentence(module: Module) -> bool:
    docstring = ast.get_docstring(module.tree) or ""
    first_line = docstring.partition("\n")[0]
    starts_at_once = module.text.startswith(('"""', "#!"))
    return starts_at_once and first_line.endswith((".", "?", "!"))


def _promises(ports: Module) -> set[str]:
    """The names of the methods that a port's docstring already explains."""
    return {node.name for node in function_nodes(ports) if ast.get_docstring(node)}


def _public_definitions(tree: ast.AST) -> list[ast.ClassDef | FunctionNode]:
    """Classes, functions and methods that others may use; not what is nested in a function."""
    found: list[ast.ClassDef | FunctionNode] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and node.name != "Meta":
            found += [node, *_public_definitions(node)]
        elif isinstance(node, FunctionNode) and not node.name.startswith("_"):
            found.append(node)
    return found
