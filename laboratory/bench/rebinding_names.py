"""Names that lead elsewhere at each lookup, as those of an attacker do. Only the standard library is used."""

import socket
from collections import Counter
from typing import Any

SUFFIX = ".rebinding.test"
# At the first lookup the server that may be reached, then a forbidden address; Linux sends that to loopback.
ALLOWED, FORBIDDEN = "127.0.0.2", "0.0.0.0"  # noqa: S104 - nothing is bound to it

_lookups: Counter[str] = Counter()
_look_up = socket.getaddrinfo


def install() -> None:
    """Let this process resolve names that end in `SUFFIX`; all others are resolved as before."""
    socket.getaddrinfo = _resolve


def _resolve(host: Any, *arguments: Any, **named: Any) -> Any:
    if not isinstance(host, str) or not host.endswith(SUFFIX):
        return _look_up(host, *arguments, **named)
    _lookups[host] += 1
    return _look_up(ALLOWED if _lookups[host] == 1 else FORBIDDEN, *arguments, **named)
