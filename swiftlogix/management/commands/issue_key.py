"""`manage.py issue_key`: give a partner an API key; its secret is shown this once."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracking.api.keys import SCOPES, issue_key
from tracking.models import Partner


class Command(BaseCommand):
    """Issues a key, making the partner if need be."""

    help = "Issue an API key for a partner; the secret is shown once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who gets the key, and what it may do."""
        parser.add_argument("partner_id")
        parser.add_argument("--name", help="the partner's name, where it is new")
        parser.add_argument("--test", action="store_true", help="a key for test shipments")
        parser.add_argument("--scopes", nargs="+", choices=SCOPES, default=list(SCOPES))
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, **options: Any) -> None:
        """Make the key and print it."""
        partner = Partner.objects.filter(partner_id=options["partner_id"]).first()
        if partner is None and not options["name"]:
            raise CommandError(f"There is no partner {options['partner_id']}; to make it, give --name.")
        if partner is None:
            partner = Partner.objects.create(partner_id=options["partner_id"], name=options["name"])
        key = issue_key(partner, livemode=not options["test"], scopes=options["scopes"])
        shown = {"partner_id": partner.partner_id, "scopes": options["scopes"], "key": key}
        if options["json"]:
            self.stdout.write(json.dumps(shown))
            return
        for name, value in shown.items():
            self.stdout.write(f"{name:<12} {' '.join(value) if isinstance(value, list) else value}")
