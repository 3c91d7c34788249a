"""Icons as inline SVG symbols: `{% icon_symbols %}` once per page, `{% icon "delivered" %}` for each icon.

`{% icon %}` takes a status code, the flag `delayed`, or the name of a shape below. In JavaScript the same
is `<svg class="icon" aria-hidden="true"><use href="#i-tick"></use></svg>`. Icons take the colour of the
text (`currentColor`) and are decoration: each has a text beside it.
"""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tracking.status_style import style_of

register = template.Library()

_LINE = 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round" stroke-width="2"'
_WARNING_MARK = "M7 4.6h2v4.3H7ZM7 10h2v2H7Z"
_CIRCLE = "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Z"
_TICK = "M5.2 7.6 7 9.4l3.8-3.8L12 6.8l-5 5-3-3Z"
_SQUARE = "M4 1h8a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3H4a3 3 0 0 1-3-3V4a3 3 0 0 1 3-3Z"
_PIN = "M8 3.4a3.1 3.1 0 0 0-3.1 3.1c0 2.3 3.1 6.1 3.1 6.1s3.1-3.8 3.1-6.1A3.1 3.1 0 0 0 8 3.4Z"


def _solid(path: str) -> str:
    return f'<path fill="currentColor" fill-rule="evenodd" d="{path}"/>'


def _lines(path: str) -> str:
    return f'<path {_LINE} d="{path}"/>'


# All are drawn on a grid of 16 by 16.
SHAPES: dict[str, str] = {
    "ring": f'<circle cx="8" cy="8" r="5" {_LINE}/>',
    "dot": '<circle cx="8" cy="8" r="5" fill="currentColor"/>',
    "chevron": _lines("M3.5 3.5 8 8l-4.5 4.5M8.5 3.5 13 8l-4.5 4.5"),
    "tick": _solid(_CIRCLE + _TICK),
    "pin": _solid(_SQUARE + _PIN + "M8 5.4a1.1 1.1 0 1 1 0 2.2 1.1 1.1 0 0 1 0-2.2Z"),
    "diamond": _solid(
        "M8.9.9l6.2 6.2a1.3 1.3 0 0 1 0 1.8l-6.2 6.2a1.3 1.3 0 0 1-1.8 0L.9 8.9a1.3 1.3 0 0 1 "
        "0-1.8L7.1.9a1.3 1.3 0 0 1 1.8 0Z" + _WARNING_MARK
    ),
    "bars": '<path fill="none" stroke="currentColor" stroke-linecap="round" stroke-width="3" '
    'd="M5 3.5v9M11 3.5v9"/>',
    "triangle": _solid(
        "M9.1 1.6l6.4 11.2A1.3 1.3 0 0 1 14.4 14.7H1.6A1.3 1.3 0 0 1 .5 12.8L6.9 1.6a1.3 1.3 0 0 "
        "1 2.2 0Z" + "M7 5.2h2v4H7ZM7 10.4h2v2H7Z"
    ),
    "octagon": _solid("M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z" + _WARNING_MARK),
    "bent": _lines("M5.5 2.5 2 6l3.5 3.5M2 6h8.2a3.6 3.6 0 0 1 0 7.5H6.5"),
    "bent-tick": _lines("M4.5 1.5 2 4l2.5 2.5M2 4h8.8A3.2 3.2 0 0 1 14 7.2M4.6 11.2 7 13.6l4.8-4.8"),
    "dash": '<path fill="none" stroke="currentColor" stroke-linecap="round" stroke-width="3" d="M3.5 8h9"/>',
    "dotted": '<circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-linecap="round" '
    'stroke-width="2.2" stroke-dasharray="0 4.32"/>',
    # Used by the console only.
    "sun": _lines(
        "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM8 1.2v.9M8 13.9v.9M1.2 8h.9M13.9 8h.9M3.2 3.2l.6.6"
        "M12.2 12.2l.6.6M3.2 12.8l.6-.6M12.2 3.8l.6-.6"
    ),
    "moon": _lines("M13.4 9.9A5.9 5.9 0 0 1 6.1 2.6a5.9 5.9 0 1 0 7.3 7.3Z"),
    "half": _lines("M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2Z")
    + _solid("M8 2.2a5.8 5.8 0 0 1 0 11.6Z"),
    "close": _lines("M4 4l8 8M12 4l-8 8"),
    "out": _lines("M9.5 2.8H3.8v10.4h5.7M7.5 8h6M11 5.3 13.7 8 11 10.7"),
    "fit": _lines("M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3"),
    "plus": _lines("M8 3v10M3 8h10"),
    "minus": _lines("M3 8h10"),
    "arrow": _solid("M8 1.2 13.4 14 8 11.2 2.6 14Z"),
    "copy": '<path fill="none" stroke="currentColor" stroke-linejoin="round" stroke-width="1.6" '
    'd="M6 5.5h7v8.7H6ZM3 10.7V1.8h7.2"/>',
    "done": _lines("M2.8 8.4 6.3 12l7-7.6"),
    "star": _solid("M8 1.3l2 4.3 4.7.6-3.5 3.2.9 4.7L8 11.8l-4.1 2.3.9-4.7L1.3 6.2 6 5.6Z"),
    "search": _lines("M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.4 10.4l3.4 3.4"),
}


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """Render the icon of a status, of the flag `delayed`, or of a shape by its own name."""
    shape = name if name in SHAPES else style_of(name).icon
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false" viewBox="0 0 16 16">'
        '<use href="#i-{}"></use></svg>',
        f" {css_class}" if css_class else "",
        shape,
    )


@register.simple_tag
def icon_symbols(*names: str) -> SafeString:
    """Render the symbols that icons refer to (all, or those named); use it once, first in the body."""
    chosen = names or tuple(SHAPES)
    symbols = "".join(f'<symbol id="i-{name}" viewBox="0 0 16 16">{SHAPES[name]}</symbol>' for name in chosen)
    # The shapes are the constants above; nothing in them comes from user input.
    return format_html("<div hidden><svg>{}</svg></div>", SafeString(symbols))


@register.filter
def tone(status: str) -> str:
    """Return the tone of a status code or of `delayed`: info, good, warn, bad or idle."""
    return style_of(status).tone
