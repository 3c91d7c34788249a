"""Guard against addresses inside our network: which URLs and which resolved addresses may get webhooks."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from tracking.domain.errors import PermanentError

HTTPS_PORT = 443
MAX_URL = 2000
# Pattern of the URLs that an endpoint may have, for documents: https on port 443, a name of public DNS.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
PUBLIC_URL = rf"^https://(?:{_LABEL}\.){{1,8}}[A-Za-z]{{2,63}}(?::443)?(?:/[!\x22$-\[\]-~]*)?$"
# Last part of a host that resolvers read as a number, and so the host as an IPv4 address.
_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")
# Addresses of platforms' services that are global by their number: Azure answers to its machines here.
SERVICE_ADDRESSES = frozenset({IPv4Address("168.63.129.16")})
# Each address of these networks stands for the IPv4 address in its last 32 bits.
TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
# Networks that some releases of Python count as global: protocol assignments (a platform's metadata among
# them), translation inside a network of one's own, segment routing, documentation.
NOT_GLOBAL = (
    IPv4Network("192.0.0.0/24"),
    IPv6Network("64:ff9b:1::/48"),
    IPv6Network("5f00::/16"),
    IPv6Network("3fff::/20"),
)


class AddressRefusedError(PermanentError):
    """Raised for a URL or an address that may not get webhooks; its text is for the partner."""


class Target(NamedTuple):
    """Place that a URL leads to; `loopback_only` if it is allowed for servers of this machine alone."""

    scheme: str
    host: str
    port: int
    path: str
    loopback_only: bool


def read_url(url: str, *, allow_loopback: bool) -> Target:
    """Return the target of an endpoint's URL. Raises `AddressRefusedError`.

    It has to be https on port 443, without credentials and fragment. `allow_loopback` also allows http and
    other ports, for addresses of this machine alone.
    """
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise AddressRefusedError(f"a URL has up to {MAX_URL} printable ASCII characters without spaces")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefusedError("not a URL") from error
    host = (parts.hostname or "").rstrip(".")
    if not host or parts.fragment or "@" in parts.netloc:
        raise AddressRefusedError("a URL needs a host, and has neither credentials nor a fragment")
    is_public = parts.scheme == "https" and port in (None, HTTPS_PORT)
    if not is_public and not (allow_loopback and parts.scheme in ("http", "https")):
        raise AddressRefusedError("only https on port 443 is allowed")
    port = port or (HTTPS_PORT if parts.scheme == "https" else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path, loopback_only=not is_public)


def check_host(target: Target, *, allow_loopback: bool) -> None:
    """Raise `AddressRefusedError` for a host that is no public name by its text. Looks no name up.

    What a name leads to is checked at each attempt.
    """
    host = target.host
    try:
        addresses = [str(ip_address(host))]
    except ValueError:
        addresses = ["127.0.0.1"] if host == "localhost" else []
    if addresses:
        check_addresses(addresses, target, allow_loopback=allow_loopback)
    elif target.loopback_only:
        raise AddressRefusedError("only https on port 443 is allowed")
    elif "." not in host or _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise AddressRefusedError("the host is not a public name")


def check_addresses(addresses: Sequence[str], target: Target, *, allow_loopback: bool) -> None:
    """Raise `AddressRefusedError` unless a webhook may go to every one of the resolved addresses."""
    for text in addresses:
        address = ip_address(text)
        if allow_loopback and _unwrap(address).is_loopback:
            continue
        if target.loopback_only or not is_global(address):
            raise AddressRefusedError("the host leads to an address that is not public")


def is_global(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an address belongs to the public internet; one that stands for another counts as it."""
    address = _unwrap(address)
    if isinstance(address, IPv6Address) and (address.teredo or address.is_site_local):
        return False
    if any(address in network for network in NOT_GLOBAL):
        return False
    if address.is_multicast or address.is_reserved or address in SERVICE_ADDRESSES:
        return False
    return address.is_global


def _unwrap(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 address stands for (mapped, 6to4, translated), or itself."""
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in TRANSLATED) and int(address) > 1:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
