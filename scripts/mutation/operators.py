"""Operators: which places of a module may be changed, and into what."""

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

Change = tuple[str, ast.AST]

COMPARISONS: dict[type[ast.cmpop], tuple[str, ast.cmpop]] = {
    ast.Lt: ("boundary", ast.LtE()),
    ast.LtE: ("boundary", ast.Lt()),
    ast.Gt: ("boundary", ast.GtE()),
    ast.GtE: ("boundary", ast.Gt()),
    ast.Eq: ("equality", ast.NotEq()),
    ast.NotEq: ("equality", ast.Eq()),
    ast.Is: ("equality", ast.IsNot()),
    ast.IsNot: ("equality", ast.Is()),
    ast.In: ("equality", ast.NotIn()),
    ast.NotIn: ("equality", ast.In()),
}
ARITHMETIC: dict[type[ast.operator], ast.operator] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.Div(),
    ast.Div: ast.Mult(),
}
OTHER_END = {"min": "max", "max": "min"}
# Annotations are for mypy only; decorators, bases and options of classes are declarations.
NOT_MUTATED = {"annotation", "returns", "decorator_list", "bases"}
# Log lines and metrics are no promises of a module.
OBSERVING = ("log.", "metrics.")


class Mutant(NamedTuple):
    """One changed place of a module: bytes `start` to `end` become `after`."""

    module: str
    line: int
    operator: str
    before: str
    after: str
    start: int
    end: int


def find_mutants(module: str, source: bytes) -> list[Mutant]:
    """All mutants of a module that compile, in the order of its lines."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = {}
    for node in _walk(ast.parse(source)):
        for operator, new in _change(node):
            after = ast.unparse(new)
            after = f"({after})" if isinstance(new, ast.expr) else after
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[node.end_lineno - 1] + node.end_col_offset
            mutant = Mutant(module, node.lineno, operator, source[start:end].decode(), after, start, end)
            if _compiles(apply(mutant, source)):
                found[start, end, after] = mutant
    return [found[key] for key in sorted(found)]


def apply(mutant: Mutant, source: bytes) -> bytes:
    """Return the module's text with this one change."""
    return source[: mutant.start] + mutant.after.encode() + source[mutant.end :]


def _compiles(source: bytes) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def _walk(node: ast.AST) -> Iterator[Any]:
    """Return the node and what is below it, as far as it may be mutated."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in NOT_MUTATED or (name == "keywords" and isinstance(node, ast.ClassDef)):
            continue
        for child in value if isinstance(value, list) else [value]:
            # The tuple in `Literal["a", "b"]` is a type; what stands in it may still be a limit.
            below = child.elts if name == "slice" and isinstance(child, ast.Tuple) else [child]
            for each in below:
                if isinstance(each, ast.AST) and not _is_left_out(each):
                    yield from _walk(each)


def _is_left_out(node: ast.AST) -> bool:
    if isinstance(
        node, ast.Assert | ast.JoinedStr | ast.expr_context | ast.operator | ast.cmpop | ast.boolop
    ):
        return True
    if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
        return True
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith(OBSERVING)


def _change(node: ast.AST) -> Iterator[Change]:
    """Each operator that fits the node, with what the node becomes."""
    change = CHANGES.get(type(node))
    return change(node) if change else iter(())


def _compare(node: ast.Compare) -> Iterator[Change]:
    for number, op in enumerate(node.ops):
        operator, other = COMPARISONS[type(op)]
        yield operator, _with(node, ops=[*node.ops[:number], other, *node.ops[number + 1 :]])


def _bool_op(node: ast.BoolOp) -> Iterator[Change]:
    yield "and/or", _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())


def _unary_op(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        yield "not", node.operand


def _arithmetic(node: ast.BinOp | ast.AugAssign) -> Iterator[Change]:
    if type(node.op) in ARITHMETIC:
        yield "arithmetic", _with(node, op=ARITHMETIC[type(node.op)])


def _constant(node: ast.Constant) -> Iterator[Change]:
    if isinstance(node.value, bool):
        yield "bool", ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        yield from (("number", ast.Constant(node.value + step)) for step in (1, -1))


def _call(node: ast.Call) -> Iterator[Change]:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in OTHER_END:
            yield "min/max", _with(node, func=ast.Name(OTHER_END[name]))
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="split"), args=[]):
            for words in _shorten(text.split()):
                text_left = ast.Constant(" ".join(words))
                yield "element", _with(node, func=ast.Attribute(text_left, "split"))


def _statement(node: ast.Expr) -> Iterator[Change]:
    if isinstance(node.value, ast.Call):
        yield "call", ast.Pass()


def _return(node: ast.Return) -> Iterator[Change]:
    if node.value is not None and ast.unparse(node.value) != "None":
        yield "return", ast.Return(ast.Constant(value=None))


def _elements(node: ast.Set | ast.Tuple) -> Iterator[Change]:
    if not all(map(_is_constant, node.elts)):
        return
    empty = ast.Call(ast.Name("set"), [], []) if isinstance(node, ast.Set) else ast.Tuple([])
    for fewer in _shorten(node.elts):
        yield "element", _with(node, elts=fewer) if fewer else empty


CHANGES: dict[type[ast.AST], Callable[[Any], Iterator[Change]]] = {
    ast.Compare: _compare,
    ast.BoolOp: _bool_op,
    ast.UnaryOp: _unary_op,
    ast.BinOp: _arithmetic,
    ast.AugAssign: _arithmetic,
    ast.Constant: _constant,
    ast.Call: _call,
    ast.Expr: _statement,
    ast.Return: _return,
    ast.Set: _elements,
    ast.Tuple: _elements,
}


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    """Return the node with other values of these fields."""
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _shorten(elements: list[Any]) -> Iterator[list[Any]]:
    """Return the list without each of its elements in turn."""
    return (elements[:number] + elements[number + 1 :] for number in range(len(elements)))


def _is_constant(node: ast.expr) -> bool:
    """Return whether the node is a literal, or a name in capitals (`Status.LOST`, `SAME_FACT_WITHIN`)."""
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return isinstance(node, ast.Constant) or name.isupper()
