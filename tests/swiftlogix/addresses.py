"""All addresses of the product, from its URL patterns, with values for their parameters."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


def list_paths(values: dict[str, str]) -> list[str]:
    """List a path for each URL pattern; `values` are by parameter name, `x` stands in for others."""
    return sorted({path for path in _walk(get_resolver(), "", values) if not path.startswith("/admin/")})


def _walk(resolver: Any, prefix: str, values: dict[str, str]) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, prefix + route, values)
        elif isinstance(pattern, URLPattern) and "^" not in route:
            path = prefix + route
            for name in pattern.pattern.converters:
                converter = next(part for part in path.split("<")[1:] if part.split(">")[0].endswith(name))
                path = path.replace(f"<{converter.split('>')[0]}>", values.get(name, "x"), 1)
            yield "/" + path
