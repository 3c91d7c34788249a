"""Derivation of the public key of web push; a key that cannot sign stops the start."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.exceptions import ImproperlyConfigured
from py_vapid import Vapid02
from py_vapid.utils import b64urlencode

from swiftlogix.push_keys import derive_public_key

PRIVATE = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"


def test_the_public_key_is_that_by_which_messages_are_signed():
    point = Vapid02.from_raw(PRIVATE.encode()).public_key.public_bytes(
        Encoding.X962, PublicFormat.UncompressedPoint
    )
    assert derive_public_key(PRIVATE) == b64urlencode(point)


@pytest.mark.parametrize("key", ["AAAA", f"{PRIVATE}AA", "A"])
def test_what_is_no_key_stops_the_start_without_being_quoted(key):
    with pytest.raises(ImproperlyConfigured) as refused:
        derive_public_key(key)
    assert str(refused.value) == "WEB_PUSH_KEY is not a private key: 32 bytes as base64url"
