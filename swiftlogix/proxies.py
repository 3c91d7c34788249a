"""Networks of trusted proxies, as the settings name them."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from django.core.exceptions import ImproperlyConfigured


def parse_networks(texts: Sequence[str]) -> list[IPv4Network | IPv6Network]:
    """Return the networks that these texts are. Any other text stops the start, with the variable's name."""
    try:
        return [ip_network(text.strip()) for text in texts]
    except ValueError as error:
        raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}") from error
