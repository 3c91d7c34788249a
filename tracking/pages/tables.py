"""What the page's scripts know of us: words and tables, written to `words.<language>.json` beside them."""

import json
from pathlib import Path
from typing import Any

from tracking.looks import LOOKS
from tracking.pages.catalogue import SHARED
from tracking.pages.view import BAR_OF, MAP_STATUSES, MAY_BE_DELAYED, STATES
from tracking.pages.words import read_words

FOLDER = Path(__file__).parents[1] / "static/tracking"


def file_of(language: str) -> Path:
    """Where the tables of a language lie."""
    return FOLDER / f"words.{language}.json"


def write_tables(language: str) -> str:
    """The tables as JSON, a line for each, so that a change of a word is a change of a line."""
    words = read_words(language)
    told: dict[str, Any] = {
        "looks": LOOKS,
        "states": STATES,
        "mayBeDelayed": MAY_BE_DELAYED,
        "mapped": MAP_STATUSES,
        "barOf": BAR_OF,
        "words": {code: words[code] for code in SHARED},
    }
    return json.dumps(told, ensure_ascii=False, indent=0, separators=(",", ":")) + "\n"
