"""Looks of the customer's page by its partner: logo and colours, from our own host.

A colour that would be hard to read is left out, so that ours is used in that theme.
"""

from hashlib import sha256
from typing import NamedTuple

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from tracking.api.methods import read_only
from tracking.models import Partner
from tracking.pages.design_tokens import DARK, FOR_MARKS, FOR_TEXT, LIGHT, measure_contrast, read_tokens

# The address changes with the content.
CACHE_CONTROL = "public, max-age=86400"


class Brand(NamedTuple):
    """Addresses of the style sheet and of the logo, and the partner's name; an empty address is ours."""

    style: str
    logo: str
    name: str


def describe_brand(partner: Partner | None) -> Brand | None:
    """Return the looks of a partner; None if it has none of its own."""
    if partner is None:
        return None
    style = ""
    if rules := write_rules(partner):
        version = sha256(rules.encode()).hexdigest()[:8]
        style = f"{reverse('brand_style', args=[partner.partner_id])}?v={version}"
    logo = ""
    if partner.logo_file:
        version = sha256(partner.logo_file.encode()).hexdigest()[:8]
        logo = f"{reverse('brand_logo', args=[partner.partner_id])}?v={version}"
    return Brand(style, logo, partner.name) if style or logo else None


def write_rules(partner: Partner) -> str:
    """Return the style sheet with the colours of a partner that are easy to read; empty if none is."""
    light = _write_theme(":root", partner.colour, LIGHT)
    dark = _write_theme(":root:not(.theme-light)", partner.dark_colour or partner.colour, DARK)
    return light + (f"@media (prefers-color-scheme: dark) {{ {dark}}}\n" if dark else "")


def list_unreadable(partner: Partner) -> list[tuple[str, str]]:
    """List the themes, as light and dark, in which the colour of a partner is not used, with the colour."""
    colours = (("light", partner.colour, LIGHT), ("dark", partner.dark_colour or partner.colour, DARK))
    return [
        (name, colour)
        for name, colour, theme in colours
        if colour and find_text_colour(colour, theme) is None
    ]


def find_text_colour(colour: str, theme: str) -> str | None:
    """Return the colour of text on a partner's colour; None if the colour is hard to read in the theme."""
    tokens = read_tokens(theme)
    needed = {"--card": FOR_TEXT, "--bg": FOR_TEXT, "--map-land": FOR_MARKS}
    if any(measure_contrast(colour, tokens[name]) < least for name, least in needed.items()):
        return None
    texts = (tokens[name] for name in ("--on-brand", "--card", "--ink", "--bg"))
    best = max(texts, key=lambda text: measure_contrast(colour, text))
    return best if measure_contrast(colour, best) >= FOR_TEXT else None


@read_only
def show_style(_request: HttpRequest, partner_id: str) -> HttpResponse:
    """Answer with the style sheet of a partner's colours, or 404."""
    rules = write_rules(_find(partner_id))
    if not rules:
        raise Http404
    return _answer(rules.encode(), "text/css; charset=utf-8")


@read_only
def show_logo(_request: HttpRequest, partner_id: str) -> HttpResponse:
    """Answer with the logo of a partner, or 404."""
    partner = _find(partner_id)
    if not partner.logo_file or not default_storage.exists(partner.logo_file):
        raise Http404
    with default_storage.open(partner.logo_file) as file:
        return _answer(file.read(), partner.logo_type)


def _find(partner_id: str) -> Partner:
    partner = Partner.objects.filter(partner_id=partner_id).first()
    if partner is None:
        raise Http404
    return partner


def _answer(content: bytes, content_type: str) -> HttpResponse:
    return HttpResponse(content, content_type=content_type, headers={"Cache-Control": CACHE_CONTROL})


def _write_theme(selector: str, colour: str, theme: str) -> str:
    text = find_text_colour(colour, theme) if colour else None
    return f"{selector} {{ --brand: {colour}; --on-brand: {text}; }}\n" if text else ""
