"""Looks of a partner on its recipients' pages: only colours that are easy to read are used."""

import io

import pytest
from django.core.management import CommandError, call_command

from tests.tracking.pages.bookings import book
from tests.tracking.pages.examples import make_state
from tests.tracking.photos import draw_photo
from tracking.models import Partner
from tracking.pages.brand import find_text_colour, write_rules
from tracking.pages.design_tokens import DARK, LIGHT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "plain_static", "files")]
VIOLET, PALE, MIDDLE = "#5b2a86", "#f3d9ff", "#8c8c8c"


@pytest.mark.parametrize(
    ("colour", "theme", "text"),
    [
        (VIOLET, LIGHT, "#FFFFFF"),
        (VIOLET, DARK, None),
        (PALE, LIGHT, None),
        (PALE, DARK, "#0D1513"),
        (MIDDLE, LIGHT, None),
    ],
)
def test_a_colour_is_used_only_where_it_can_be_read(colour, theme, text):
    assert find_text_colour(colour, theme) == text


@pytest.mark.parametrize(
    ("light", "dark", "rules"),
    [
        ("", "", ""),
        (PALE, "", ":root:not(.theme-light)"),
        (VIOLET, "", ":root "),
        (VIOLET, PALE, ":root :root:not(.theme-light)"),
        (MIDDLE, VIOLET, ""),
    ],
)
def test_the_style_sheet_has_a_rule_for_each_theme_whose_colour_can_be_read(light, dark, rules):
    written = write_rules(Partner(colour=light, dark_colour=dark))
    selectors = (":root {", ":root:not(.theme-light) {")
    assert [selector.removesuffix("{").strip() in rules.split() for selector in selectors] == [
        selector in written for selector in selectors
    ]


def test_the_page_has_the_logo_and_the_colours_of_its_partner_from_our_host(client, tmp_path):
    picture = tmp_path / "logo.png"
    picture.write_bytes(draw_photo(size=(120, 40)))
    partner = Partner.objects.create(partner_id="prt_acme", name="Acme")
    call_command("set_looks", "prt_acme", "--logo", str(picture), "--colour", VIOLET, stdout=io.StringIO())
    page = client.get(f"/t/{book(make_state('in_transit'), partner=partner)}").content.decode()
    style, logo = (
        find_between(page, 'stylesheet" href="/brand/'),
        find_between(page, 'class="logo" src="/brand/'),
    )
    assert 'alt="Acme"' in page
    answer = client.get(f"/brand/{style}")
    assert (answer["Content-Type"], answer.content.decode()) == (
        "text/css; charset=utf-8",
        f":root {{ --brand: {VIOLET}; --on-brand: #FFFFFF; }}\n",
    )
    shown = client.get(f"/brand/{logo}")
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/jpeg", "public, max-age=86400")
    assert shown.content[:2] == b"\xff\xd8"


def test_a_partner_without_looks_has_ours(client):
    partner = Partner.objects.create(partner_id="prt_acme", name="Acme")
    page = client.get(f"/t/{book(make_state('in_transit'), partner=partner)}").content.decode()
    assert ("/brand/" in page, "SwiftLogix</a>" in page) == (False, True)
    missing = ["/brand/prt_acme/colours.css", "/brand/prt_acme/logo", "/brand/prt_none/logo"]
    assert [client.get(path).status_code for path in missing] == [404] * 3


@pytest.mark.parametrize(
    "options", [["--colour", "violet"], ["--support-phone", "98450"], ["--support-email", "care"]]
)
def test_looks_and_contact_that_cannot_be_right_are_refused(options):
    Partner.objects.create(partner_id="prt_acme", name="Acme")
    with pytest.raises(CommandError):
        call_command("set_looks", "prt_acme", *options)


def test_a_logo_that_makes_the_page_slow_is_refused(tmp_path):
    Partner.objects.create(partner_id="prt_acme", name="Acme")
    picture = tmp_path / "logo.png"
    picture.write_bytes(draw_photo(size=(1600, 1200)))
    with pytest.raises(CommandError, match="KB"):
        call_command("set_looks", "prt_acme", "--logo", str(picture))


def find_between(text, start):
    """Return the rest of the attribute that begins with this text."""
    begin = text.index(start) + len(start)
    return text[begin : text.index('"', begin)]
