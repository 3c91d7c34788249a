"""Masking of secrets and personal data in log lines: the last step of every logger, on the finished line.

Our own lines have ids alone. What other packages say of an error may quote values: e-mail addresses, phone
numbers with their country, and rows that a database refuses are found by their form. A name has none.
"""

import re
from typing import Any

MASK = "***"
# Letters of a value in a URL or a header; quotes, brackets and white space end it.
_VALUE = r"[\w.~%+/=:-]+"
# A slash as it stands, or encoded in another URL.
_SLASH = r"(?:/|%2F)"
# Each pattern keeps its first group and masks the rest.
_SECRETS = (
    # The token of a customer's link, of its page and of its sockets.
    re.compile(rf"({_SLASH}t{_SLASH})(?:(?!%2F)[\w.~%-])+", re.IGNORECASE),
    re.compile(rf"({_SLASH}ws{_SLASH}\w+{_SLASH})(?:(?!%2F)[\w.~%-])+", re.IGNORECASE),
    # The signature in the link of a proof, which Django separates by colons.
    re.compile(rf"({_SLASH}api{_SLASH}proofs{_SLASH})(?:(?!%2F)[\w.~%:-])+", re.IGNORECASE),
    # `Authorization: Bearer x`, also as an entry of a dictionary or a list of headers.
    re.compile(
        rf"(authorization[\\'\"]*\s*[:=,]\s*(?:b(?=[\\'\"]))?[\\'\"]*(?:(?:bearer|basic|token)\s+)?){_VALUE}",
        re.IGNORECASE,
    ),
    re.compile(rf"(\bbearer\s+){_VALUE}", re.IGNORECASE),
    # Cookies of signed-in staff, forms and unlocked pages.
    re.compile(rf"(\b(?:sessionid|csrftoken|unlocked_\w+)[\\'\"]*\s*[:=]\s*[\\'\"]*){_VALUE}"),
    re.compile(
        rf"(\b(?:token|signed|password|secret|api_key)[\\'\"]*\s*[:=]\s*[\\'\"]*){_VALUE}", re.IGNORECASE
    ),
    # The password in the URL of a server.
    re.compile(r"(\b\w+://[^\s:/@\\'\"]*:)[^\s@/\\'\"]+(?=@)"),
    # An API key anywhere: its id stays, which shows whose key it is.
    re.compile(r"(\bslx_(?:live|test)_[a-z0-9]+_)[\w-]+"),
)
_PERSONAL = (
    # PostgreSQL quotes the values of a row that it refuses, up to the end of the line.
    re.compile(r'(DETAIL:\s+)(?:[^\\"\n]|\\[^n])+'),
    re.compile(r"()\b[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}"),
    # Not a time zone: that has at most four digits.
    re.compile(r"()\+\d[\d \-()]{7,17}\d"),
)


def mask(text: str) -> str:
    """Return the text without tokens, keys, signatures, passwords, e-mail addresses and phone numbers."""
    for pattern in (*_SECRETS, *_PERSONAL):
        text = pattern.sub(rf"\1{MASK}", text)
    return text


def mask_line(_logger: Any, _name: str, line: str) -> str:
    """Mask a rendered log line: a processor of structlog."""
    return mask(line)
