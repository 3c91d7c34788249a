"""Links of a recipient to preferences, to the end of one transport's messages, and to the reason of one."""

from django.conf import settings

from notifications.address_hashes import AddressHashes
from notifications.consent_models import PreferenceLink
from tracking.tokens import derive_token, hash_token, is_token


def open_link(shipment_id: str, hashes: AddressHashes) -> str:
    """Return the token of a booking's recipient, and store its hash so that the token is found.

    The same shipment with the same addresses has the same token. Another recipient of it gets another one,
    and the older one stays with the older addresses.
    """
    token = derive_token(f"preferences:{shipment_id}:{hashes.phone}:{hashes.email}")
    PreferenceLink.objects.get_or_create(
        token_sha256=hash_token(token),
        defaults={
            "shipment_id": shipment_id,
            "phone_hash": hashes.phone,
            "email_hash": hashes.email,
        },
    )
    return token


def find_link(token: str) -> PreferenceLink | None:
    """Return the link of a token, None for a malformed or an unknown one."""
    if not is_token(token):
        return None
    return PreferenceLink.objects.filter(token_sha256=hash_token(token)).first()


def preferences_link(token: str) -> str:
    """Return the URL of the recipient's preferences."""
    return f"{settings.PUBLIC_URL}/preferences/{token}"


def stop_link(token: str, *, transport: str) -> str:
    """Return the URL that ends the messages of a transport: by a POST without a login or a form token.

    A GET shows a page with a button and changes nothing.
    """
    return f"{settings.PUBLIC_URL}/preferences/{token}/stop/{transport}"


def why_link(token: str, *, delivery_id: int) -> str:
    """Return the URL of the page that explains why a message was sent."""
    return f"{settings.PUBLIC_URL}/preferences/{token}/why/{delivery_id}"
