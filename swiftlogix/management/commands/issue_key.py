"""`manage.py issue_key`: issue, rotate or revoke an API key of a partner; the secret is shown once."""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tracking.api.keys import SCOPES, issue_key, revoke_key, rotate_key
from tracking.models import ApiKey, Partner


class Command(BaseCommand):
    """Issues a key, and creates the partner with `--name`; `--rotate` replaces a key, `--revoke` ends one."""

    help = "Issue an API key for a partner; the secret is shown once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the partner, the scopes and limits of the key, and the action."""
        parser.add_argument("partner_id")
        parser.add_argument("--name", help="name of the partner, to create it")
        parser.add_argument("--test", action="store_true", help="a key for test shipments")
        parser.add_argument("--scopes", nargs="+", choices=SCOPES, default=list(SCOPES), metavar="SCOPE")
        parser.add_argument(
            "--expires-in-days", type=int, help="lifetime of the key; without it the key never expires"
        )
        parser.add_argument("--limit-factor", type=int, default=1, help="multiple of the usual rate limits")
        action = parser.add_mutually_exclusive_group()
        action.add_argument("--rotate", metavar="KEY_ID", help="replace this key; both work for the overlap")
        action.add_argument("--revoke", metavar="KEY_ID", help="end this key now, and issue none")
        parser.add_argument(
            "--overlap-hours", type=int, default=24, help="how long a rotated key stays valid"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, **options: Any) -> None:
        """Run the action and print its result."""
        result = {"partner_id": options["partner_id"], **self._act(options)}
        if options["json"]:
            self.stdout.write(json.dumps(result))
            return
        for name, value in result.items():
            self.stdout.write(f"{name:<12} {' '.join(value) if isinstance(value, list) else value}")

    def _act(self, options: dict[str, Any]) -> dict[str, Any]:
        now = timezone.now()
        if options["revoke"]:
            revoke_key(_find_key(options, "revoke"), now)
            return {"revoked": options["revoke"]}
        if options["rotate"]:
            old = _find_key(options, "rotate")
            key = rotate_key(old, now, timedelta(hours=options["overlap_hours"]))
            return {"scopes": old.scopes, "key": key, "rotated": old.key_id, "ends_at": str(old.expires_at)}
        days = options["expires_in_days"]
        key = issue_key(
            _find_partner(options),
            livemode=not options["test"],
            scopes=options["scopes"],
            expires_at=now + timedelta(days=days) if days else None,
            limit_factor=options["limit_factor"],
        )
        return {"scopes": options["scopes"], "key": key}


def _find_partner(options: dict[str, Any]) -> Partner:
    partner = Partner.objects.filter(partner_id=options["partner_id"]).first()
    if partner is None and not options["name"]:
        raise CommandError(f"There is no partner {options['partner_id']}; to make it, give --name.")
    return partner or Partner.objects.create(partner_id=options["partner_id"], name=options["name"])


def _find_key(options: dict[str, Any], option: str) -> ApiKey:
    keys = ApiKey.objects.filter(partner__partner_id=options["partner_id"], key_id=options[option])
    key = keys.select_related("partner").first()
    if key is None:
        raise CommandError(f"{options['partner_id']} has no key {options[option]}.")
    return key
