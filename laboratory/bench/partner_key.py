"""Makes the tables of a bench's own database and prints the API key of a partner whose shipments it reads."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")

import django

django.setup()

from django.core.management import call_command

from tracking.api.keys import issue_key
from tracking.models import Partner

# The stub's states belong to this partner.
PARTNER_ID = "prt_bench"
# A bench reads more often than any partner may.
LIMIT_FACTOR = 1_000_000


def make_partner_key() -> str:
    """Migrate the database and return a new key that may read tracking."""
    call_command("migrate", verbosity=0)
    partner, _ = Partner.objects.get_or_create(partner_id=PARTNER_ID, defaults={"name": "Bench"})
    return issue_key(partner, scopes=["tracking:read"], limit_factor=LIMIT_FACTOR)


if __name__ == "__main__":
    sys.stdout.write(make_partner_key())
