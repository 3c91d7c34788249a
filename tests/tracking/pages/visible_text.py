"""Texts that a page shows, without the JSON of records and the data of scripts."""

import re

_UNSEEN = re.compile(r"<(pre|script|style|template|svg|head)\b.*?</\1>", re.DOTALL)
_ID = re.compile(r"\b(?:chg|msg|whe|prf|key)_\w+")
_CODE = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


def read_text(page: str) -> str:
    """Return the visible texts of a page, with single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", _UNSEEN.sub(" ", page)))


def find_codes(page: str) -> list[str]:
    """List the raw codes that the page shows, such as `not_home`."""
    return _CODE.findall(_ID.sub("", read_text(page)))
