"""Network addresses of clients, as requests and sockets are counted by them."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# One subscriber of the internet has the 2**64 addresses of such a network.
IPV6_PREFIX = 64
# Parsing costs much beside an answer from memory, and a request needs the same addresses several times.
ADDRESSES_REMEMBERED = 8192


@lru_cache(ADDRESSES_REMEMBERED)
def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address that the text is, an IPv4 address in IPv6 form as IPv4; None if it is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(ADDRESSES_REMEMBERED)
def name_client(text: str) -> str:
    """Return what a client's address is counted by: an IPv4 address, the /64 network of an IPv6 address.

    Any other text is returned unchanged.
    """
    address = parse_address(text)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, IPV6_PREFIX), strict=False))
    return str(address) if address else text
