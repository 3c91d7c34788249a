"""Tables of a document that a command writes, each between two marks; the text around them is not its own."""

import re
from collections.abc import Iterable, Mapping, Sequence


def write_marked(document: str, kind: str, tables: Mapping[str, str]) -> str:
    """Return the document with these tables in their places.

    A table stands between `<!-- KIND NAME -->` and `<!-- end KIND NAME -->`. Raises `ValueError` if it has no
    place, or more than one.
    """
    for name, table in tables.items():
        place = re.compile(f"(<!-- {kind} {name} -->\n).*?(\n<!-- end {kind} {name} -->)", re.DOTALL)
        document, found = place.subn(lambda match, table=table: f"{match[1]}\n{table}\n{match[2]}", document)
        if found != 1:
            raise ValueError(f"the document has {found} places for table {name}")
    return document


def make_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
