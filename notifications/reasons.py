"""Reasons why nothing was sent, or not yet: stored codes with a few words for staff."""

from notifications.texts.catalog import TEXTS, render_text
from tracking.code_texts import spell_code
from tracking.translation import Language

# Texts for staff by code; the sentence for the recipient is the text `reason.<code>`.
REASONS: dict[str, str] = {
    "test_mode": "Test booking",
    "shadow": "Vehicle only runs beside the old system",
    "duplicate": "Same change again",
    "not_first": "Already notified",
    "transport_disabled": "Only if the recipient chooses it",
    "late_event": "Too late to be useful",
    "superseded": "No longer true",
    "quiet_hours": "Waiting for the end of quiet hours",
    "reminder": "Reminder, due after a day",
    "opted_out": "Recipient opted out",
    "no_consent": "No consent",
    "invalid_address": "No usable address",
    "not_mobile": "Not a mobile number",
    "no_template_language": "No text in the language",
    "no_dlt_template": "No registered text (DLT) in the language",
    "budget": "Daily budget of the shipment is used up",
    "over_budget": "Daily budget of the partner is used up",
    "spend_cap": "Monthly budget is nearly used up",
    "rate_limited": "Too many messages to the address",
    "refused": "Refused by the provider",
    "unreadable": "Could not be processed, given up",
    "unreachable": "Provider not reachable, trying again",
}


def say_to_staff(code: str) -> str:
    """Return the text of a reason for staff; an unknown code is spelled out."""
    return REASONS.get(code) or spell_code(code)


def say_to_recipient(code: str, language: Language) -> str:
    """Return the sentence of a reason for its recipient; an empty text for an unknown code."""
    named = f"reason.{code}"
    return render_text(named, language) if named in TEXTS else ""
