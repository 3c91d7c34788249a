"""Metric math and rules of composites: a small language, read as a syntax tree, each node of a known kind."""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

Value = float | None

_ARITHMETIC: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_OF_ARRAYS: Mapping[str, Callable[[list[float]], float]] = {"MAX": max, "MIN": min, "SUM": sum}
_STATE = re.compile(r"\b(ALARM|OK|INSUFFICIENT_DATA)\(([\w-]+)\)")
_WORDS = {"AND": "and", "OR": "or", "NOT": "not", "TRUE": "True", "FALSE": "False"}


class FormulaError(ValueError):
    """Raised for what the small language does not contain; it names the place."""


def compute(expression: str, values: Mapping[str, Value], starts_at: int) -> Value:
    """Return the value of an expression of metric math for one period; None if it is missing.

    `values` are those of the other parts of the alarm in the period, `starts_at` its start in seconds since
    1970. Whatever is worked out from a missing value is missing, but for `FILL`; so is a quotient by zero.

    Raises `FormulaError` for anything but numbers, names, + - * /, comparisons, AND, OR, and the functions
    FILL, HOUR, IF, MAX, MIN, SUM.
    """
    return _Computation(values, starts_at).value(_parse(expression))


def holds(rule: str, states: Mapping[str, str]) -> bool:
    """Return whether the rule of a composite holds; alarms without a state are in no state.

    Raises `FormulaError` for anything but ALARM(), OK(), INSUFFICIENT_DATA(), AND, OR, NOT, TRUE, FALSE.
    """
    named = _STATE.sub(lambda found: str(states.get(found[2]) == found[1]).upper(), rule)
    return _is_true(_parse(named))


def list_members(rule: str) -> list[str]:
    """Return the alarms that the rule of a composite names."""
    return [name for _, name in _STATE.findall(rule)]


@lru_cache(maxsize=256)
def _parse(expression: str) -> ast.expr:
    in_one_line = " ".join(expression.split())
    words = re.sub(r"\b[A-Z]+\b", lambda found: _WORDS.get(found[0], found[0]), in_one_line)
    try:
        return ast.parse(words, mode="eval").body
    except SyntaxError as error:
        raise FormulaError(f"cannot be read: {expression}") from error


def _is_true(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _is_true(node.operand)
    if isinstance(node, ast.BoolOp):
        found = [_is_true(value) for value in node.values]
        return all(found) if isinstance(node.op, ast.And) else any(found)
    raise FormulaError(f"not in a rule of a composite: {ast.unparse(node)}")


class _Computation:
    """Values of the nodes of one expression in one period."""

    def __init__(self, values: Mapping[str, Value], starts_at: int) -> None:
        self._values = values
        self._starts_at = starts_at

    def value(self, node: ast.expr) -> Value:
        """Return the value of a node, None if it is missing."""
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return float(str(node.value))
        if isinstance(node, ast.Name) and node.id in self._values:
            return self._values[node.id]
        if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            return self._arithmetic(node)
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARISONS:
            return self._combine(_COMPARISONS[type(node.ops[0])], node.left, node.comparators[0])
        if isinstance(node, ast.BoolOp):
            found = [self.value(part) for part in node.values]
            join: Any = all if isinstance(node.op, ast.And) else any
            return None if None in found else float(join(found))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            return self._call(node.func.id, node.args)
        raise FormulaError(f"not in metric math: {ast.unparse(node)}")

    def _arithmetic(self, node: ast.BinOp) -> Value:
        try:
            return self._combine(_ARITHMETIC[type(node.op)], node.left, node.right)
        except ZeroDivisionError:
            return None

    def _combine(self, join: Callable[[float, float], float], left: ast.expr, right: ast.expr) -> Value:
        first, second = self.value(left), self.value(right)
        return None if first is None or second is None else float(join(first, second))

    def _call(self, name: str, arguments: list[ast.expr]) -> Value:
        match name, arguments:
            case "FILL", [filled, instead]:
                found = self.value(filled)
                return self.value(instead) if found is None else found
            case "IF", [condition, then, other]:
                found = self.value(condition)
                return None if found is None else self.value(then if found else other)
            case "HOUR", [series]:
                hour = float(datetime.fromtimestamp(self._starts_at, UTC).hour)
                return None if self.value(series) is None else hour
            case _, [ast.List(elts=entries)] if name in _OF_ARRAYS:
                present = [value for value in map(self.value, entries) if value is not None]
                return _OF_ARRAYS[name](present) if present else None
        raise FormulaError(f"not in metric math: {name} with {len(arguments)} arguments")
