"""Makes the tables of a bench's database; prints a partner's API key and the path of a customer's page."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")

import django

django.setup()

from django.core.management import call_command

from tracking.api.keys import issue_key
from tracking.models import Hub, Partner, Shipment
from tracking.tokens import hash_token, make_token

# The stub's states belong to this partner.
PARTNER_ID = "prt_bench"
# A bench reads more often than any partner may.
LIMIT_FACTOR = 1_000_000
# Booking of the page; its state is the stub's, as that of any shipment.
BOOKED = "BENCH-PAGE"


def make_partner_key() -> str:
    """Migrate the database and return a new key that may read tracking."""
    call_command("migrate", verbosity=0)
    partner, _ = Partner.objects.get_or_create(partner_id=PARTNER_ID, defaults={"name": "Bench"})
    return issue_key(partner, scopes=["tracking:read"], limit_factor=LIMIT_FACTOR)


def make_page() -> str:
    """Book a shipment between two hubs, collect the static files, and return the path of its page."""
    call_command("collectstatic", interactive=False, verbosity=0)
    ends = [
        Hub.objects.get_or_create(hub_id=hub_id, defaults={"name": f"{town} Hub", "town": town} | point)[0]
        for hub_id, town, point in (
            ("BLR-1", "Bengaluru", {"lat": 12.97, "lon": 77.64}),
            ("NAG-1", "Nagpur", {"lat": 21.15, "lon": 79.09}),
        )
    ]
    token = make_token(BOOKED, 0)
    booked = {"token_sha256": hash_token(token), "origin_hub": ends[0], "destination_hub": ends[1]}
    Shipment.objects.get_or_create(shipment_id=BOOKED, defaults=booked)
    return f"/t/{token}"


if __name__ == "__main__":
    sys.stdout.write(f"{make_partner_key()} {make_page()}")
