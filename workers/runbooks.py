"""Runbooks of `deploy/runbooks/`, taken apart for the console: headings, paragraphs, lists, code, links."""

import re
from pathlib import Path
from typing import Literal, NamedTuple

_NAME = re.compile(r"[a-z][a-z-]{1,60}")
_SPAN = re.compile(r"`([^`]+)`|\[([^\]]+)\]\(([a-z-]+)\.md\)")
_ITEM = re.compile(r"(?:\*|(\d+)\.) (.+)")


class Span(NamedTuple):
    """Part of a line: text, code, or a link to another runbook, whose name is `target`."""

    kind: Literal["text", "code", "link"]
    text: str
    target: str = ""


class Block(NamedTuple):
    """Heading or paragraph of one line, or a list of several."""

    kind: Literal["heading", "paragraph", "bullets", "steps"]
    lines: tuple[tuple[Span, ...], ...]


def read_runbook(folder: Path, name: str) -> tuple[Block, ...] | None:
    """Return the blocks of a runbook without its title, None if there is none of that name."""
    path = folder / f"{name}.md"
    if not _NAME.fullmatch(name) or not path.is_file():
        return None
    return parse_runbook(path.read_text())


def parse_runbook(text: str) -> tuple[Block, ...]:
    """Return the blocks of a text; its title, the line that begins with one `#`, is left out."""
    blocks: list[Block] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        kind, content = _split_line(line)
        spans = parse_spans(content)
        if blocks and kind == blocks[-1].kind and kind in ("bullets", "steps"):
            blocks[-1] = Block(kind, (*blocks[-1].lines, spans))
        elif not line.startswith("# "):
            blocks.append(Block(kind, (spans,)))
    return tuple(blocks)


def parse_spans(line: str) -> tuple[Span, ...]:
    """Return the spans of a line, in order."""
    spans: list[Span] = []
    end = 0
    for found in _SPAN.finditer(line):
        spans.append(Span("text", line[end : found.start()]))
        spans.append(Span("code", found[1]) if found[1] else Span("link", found[2], found[3]))
        end = found.end()
    spans.append(Span("text", line[end:]))
    return tuple(span for span in spans if span.text)


def _split_line(line: str) -> tuple[Literal["heading", "paragraph", "bullets", "steps"], str]:
    if line.startswith("#"):
        return "heading", line.lstrip("# ")
    if item := _ITEM.fullmatch(line):
        return ("steps" if item[1] else "bullets"), item[2]
    return "paragraph", line
