"""Every status has an icon and a tone."""

import re

import pytest
from django.template import Context, Template

from tracking.domain.status import Status
from tracking.status_style import STATUS_STYLES
from tracking.templatetags.icons import SHAPES, icon, icon_symbols, tone


def test_every_status_and_the_delay_flag_has_a_style() -> None:
    assert set(STATUS_STYLES) == {*Status, "delayed"}


@pytest.mark.parametrize("name", STATUS_STYLES)
def test_an_icon_refers_to_an_existing_symbol(name: str) -> None:
    wanted = re.search(r'href="#i-([a-z-]+)"', icon(name))
    assert wanted
    assert f'<symbol id="i-{wanted[1]}"' in icon_symbols()


def test_a_shape_can_be_rendered_by_its_own_name() -> None:
    assert 'href="#i-copy"' in icon("copy")


def test_an_unknown_status_has_the_style_of_unknown() -> None:
    assert (icon("teleported"), tone("teleported")) == (icon("unknown"), "idle")


def test_a_page_may_contain_only_the_symbols_it_uses() -> None:
    assert re.findall(r'symbol id="i-([a-z-]+)"', icon_symbols("tick", "dash")) == ["tick", "dash"]


def test_icons_contain_no_colour_and_no_inline_style() -> None:
    drawn = "".join(SHAPES.values())
    assert re.findall(r'style=|(?:fill|stroke)="(?!none|currentColor)', drawn) == []


def test_the_tags_work_in_a_template() -> None:
    page = Template('{% load icons %}{% icon status "big" %}<b class="{{ status|tone }}">').render(
        Context({"status": "delivered"})
    )
    assert page == (
        '<svg class="icon big" aria-hidden="true" focusable="false" viewBox="0 0 16 16">'
        '<use href="#i-tick"></use></svg><b class="good">'
    )
