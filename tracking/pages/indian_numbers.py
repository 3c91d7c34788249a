"""Formatting of numbers for readers in India: thousands, lakhs and crores, in every language."""

from decimal import Decimal

from django.utils.numberformat import format as format_number

# Three digits, then pairs.
_GROUPS = (3, 2, 0)


def group_digits(number: Decimal | int, decimals: int = 0) -> str:
    """Format as `12,34,567`, with this many decimals."""
    return format_number(
        number, ".", decimals, grouping=_GROUPS, thousand_sep=",", force_grouping=True, use_l10n=False
    )
