"""Finding of English words on a page that is in another language."""

import json
import re
from collections.abc import Iterable
from html import unescape
from itertools import chain
from typing import Any

# Names of products, standards, works and licences, and terms that Indian languages use in Latin letters.
NAMES = (
    "SwiftLogix",
    "MapSVG",
    "CC BY",
    "GeoNames",
    "Natural Earth",
    "India Post",
    "GODL-India",
    "English",
    "WhatsApp",
    "SMS",
    "OTP",
    "PIN",
    "IST",
    "API",
    "OpenAPI",
    "JSON",
    "HTTPS",
    "K7M2Q9XB",
    "cybercrime.gov.in",
    "sancharsaathi.gov.in",
)
# Samples of code, scripts, styles, and the names of places on maps.
_LEFT_OUT = re.compile(r"<(script|style|code|text)\b.*?</\1>|<head>.*?</head>", re.DOTALL)
_READ_ALOUD = re.compile(
    r'\b(?:aria-label|alt|title|placeholder|data-(?:on|off|done|denied|failed))="([^"]*)"'
)
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_LIVE_TEXTS = re.compile(r'<script id="texts"[^>]*>(.*?)</script>', re.DOTALL)
_WORD = re.compile(r"[A-Za-z]{2,}")


def find_english(page: str, names: Iterable[str] = ()) -> list[str]:
    """Return the words in Latin letters that a reader sees or hears, except these names.

    A single letter is no word: it may be one of a name, a number or an example.
    """
    shown = _LEFT_OUT.sub(" ", page)
    live = [_list_texts(json.loads(text)) for text in _LIVE_TEXTS.findall(page)]
    texts = [
        re.sub(r"<[^>]*>", " ", shown),
        *_READ_ALOUD.findall(shown),
        *_TITLE.findall(page),
        *chain(*live),
    ]
    text = re.sub(r"\{\w+\}", " ", unescape(" ".join(texts)))
    for name in sorted({*NAMES, *names}, key=len, reverse=True):
        text = re.sub(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", " ", text)
    return _WORD.findall(text)


def _list_texts(value: Any) -> list[str]:
    """Return the texts in a value of JSON, without the keys of objects."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for each in value for text in _list_texts(each)]
    return [value] if isinstance(value, str) else []
