"""Allowed values of the fields of requests, named in the mistake of a value that is none of them."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from msgspec import inspect

# Beginning of the message of msgspec for a value that a field does not allow.
NOT_ALLOWED = "Invalid enum value"


@lru_cache(maxsize=256)
def list_allowed(kind: Any, pointer: str) -> tuple[str, ...]:
    """Return the values that a type of requests allows at a JSON pointer; empty if it allows any."""
    found = list(_list_alternatives(inspect.type_info(kind)))
    for step in pointer.split("/")[1:]:
        found = [inner for each in found for inner in _list_inside(each, step)]
    return tuple(str(value) for each in found for value in _list_values(each))


def _list_alternatives(kind: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(kind, inspect.Metadata):
        yield from _list_alternatives(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for one in kind.types:
            yield from _list_alternatives(one)
    else:
        yield kind


def _list_inside(kind: inspect.Type, step: str) -> Iterator[inspect.Type]:
    """Yield the types of a field of a struct, or of the entries of a list."""
    if isinstance(kind, inspect.StructType):
        for field in kind.fields:
            if field.encode_name == step:
                yield from _list_alternatives(field.type)
    elif isinstance(kind, inspect.ListType):
        yield from _list_alternatives(kind.item_type)


def _list_values(kind: inspect.Type) -> Iterator[Any]:
    if isinstance(kind, inspect.LiteralType):
        yield from kind.values
    elif isinstance(kind, inspect.EnumType):
        yield from (member.value for member in kind.cls)
