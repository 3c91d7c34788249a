"""`manage.py set_looks`: set how a partner looks on its recipients' pages, and how they reach it."""

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracking.domain.errors import SwiftLogixError
from tracking.models import Partner
from tracking.pages.brand import find_text_colour
from tracking.pages.design_tokens import DARK, LIGHT
from tracking.services.partners.logos import keep_logo

FIELDS = ("colour", "dark_colour", "support_phone", "support_email")


class Command(BaseCommand):
    """Sets the options that are given; an empty value goes back to none."""

    help = "Set logo, colours and contact of a partner for the pages of its recipients."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the partner, and what to set."""
        parser.add_argument("partner_id")
        parser.add_argument(
            "--logo", type=Path, help="a JPEG or PNG of at most 10 KB once it is encoded again"
        )
        parser.add_argument("--colour", help="#rrggbb of buttons and links; ours where it is hard to read")
        parser.add_argument("--dark-colour", help="the same for the dark theme; without it --colour is tried")
        parser.add_argument("--support-phone", help="number with country code, such as +918012345678")
        parser.add_argument("--support-email", help="address to which recipients write")

    def handle(self, **options: Any) -> None:
        """Check and store what is given; print what the pages now have."""
        partner = Partner.objects.filter(partner_id=options["partner_id"]).first()
        if partner is None:
            raise CommandError(f"There is no partner {options['partner_id']}.")
        for name in FIELDS:
            if options[name] is not None:
                setattr(partner, name, options[name].lower() if "colour" in name else options[name])
        try:
            partner.clean_fields(exclude=["name"])
            if options["logo"] is not None:
                keep_logo(partner, options["logo"].read_bytes())
        except (ValidationError, SwiftLogixError, OSError) as error:
            raise CommandError(str(error)) from error
        partner.save(update_fields=[*FIELDS, "logo_file", "logo_type"])
        self.stdout.write(json.dumps(_describe(partner)))


def _describe(partner: Partner) -> dict[str, Any]:
    """Return what the pages have; `light` and `dark` say whether the partner's colour is used there."""
    dark = partner.dark_colour or partner.colour
    return {
        "partner_id": partner.partner_id,
        "logo": bool(partner.logo_file),
        "light": bool(partner.colour and find_text_colour(partner.colour, LIGHT)),
        "dark": bool(dark and find_text_colour(dark, DARK)),
        "support_phone": partner.support_phone,
        "support_email": partner.support_email,
    }
