"""Modules, public classes and public functions have a docstring, and files and functions stay short."""

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


def test_every_module_begins_with_a_docstring_that_is_a_sentence() -> None:
    assert [module.path for module in all_modules() if not _opens_with_a_sentence(module)] == []


def test_every_script_begins_with_a_comment() -> None:
    scripts = [path for path in paths(".js", ".mjs") if not read(path).startswith(("//", "/*"))]
    assert scripts == []


def test_every_public_class_and_function_has_a_docstring() -> None:
    documented = {
        name
        for module in modules()
        if module.path.endswith("ports.py")
        for name in _documented_methods(module)
    }
    undocumented = [
        f"{module.path}:{node.lineno} {node.name}"
        for module in modules()
        for node in _public_definitions(module.tree)
        if not ast.get_docstring(node) and node.name not in documented | FRAMEWORK_HOOKS
    ]
    assert undocumented == []


def test_no_function_is_longer_than_the_limit() -> None:
    too_long = [
        f"{function.where} {function.name}: {function.lines}"
        for function in functions(*all_modules())
        if function.lines > MAX_FUNCTION_LINES
    ]
    assert too_long == []


def test_no_file_is_longer_than_the_limit() -> None:
    too_long = [
        f"{path}: {lines}"
        for path in paths(".py", ".js", ".mjs")
        if "/migrations/" not in path and (lines := len(read(path).splitlines())) > MAX_FILE_LINES
    ]
    assert too_long == []


def test_the_median_length_of_a_function_is_below_the_limit(record_testsuite_property) -> None:
    lengths = [function.lines for function in functions(*modules())]
    median = statistics.median(lengths)
    record_testsuite_property("functions", len(lengths))
    record_testsuite_property("median lines of a function", median)
    assert median <= MAX_MEDIAN_LINES


# Methods that Django, DRF and Channels call by name and document themselves.
FRAMEWORK_HOOKS = frozenset(
    {"ready", "get", "post", "handle", "add_arguments", "connect", "disconnect", "receive"}
)


def _opens_with_a_sentence(module: Module) -> bool:
    docstring = ast.get_docstring(module.tree) or ""
    first_line = docstring.partition("\n")[0]
    is_at_the_top = module.text.startswith(('"""', "#!"))
    return is_at_the_top and first_line.endswith((".", "?", "!"))


def _documented_methods(ports: Module) -> set[str]:
    """Collect the names of methods that are documented in a port, so that adapters need not repeat it."""
    return {node.name for node in function_nodes(ports) if ast.get_docstring(node)}


def _public_definitions(tree: ast.AST) -> list[ast.ClassDef | FunctionNode]:
    """List public classes, functions and methods, without those nested in a function."""
    found: list[ast.ClassDef | FunctionNode] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and node.name != "Meta":
            found += [node, *_public_definitions(node)]
        elif isinstance(node, FunctionNode) and not node.name.startswith("_"):
            found.append(node)
    return found
