"""Prices of AWS in one region, each with its unit, source and date, read from a file of `deploy/prices/`."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec
from django.conf import settings

FOLDER = settings.BASE_DIR / "deploy" / "prices"
REGION = "ap-south-1"
# An unverified price may be wrong by this share.
TOLERANCE = 0.20
MULTIPLES = {"million": 1e6, "thousand": 1e3}


class PriceFileError(Exception):
    """A price file that cannot be read; the message says why."""


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Price of one unit. `verified`: a second document that names the region has the same figure.

    `offer` and `usage_type` find it in the public price list of AWS.
    """

    usd: float
    unit: str
    source: str
    seen_on: date
    verified: bool
    offer: str | None = None
    usage_type: str | None = None

    @property
    def single_usd(self) -> float:
        """Return the price of one piece, where the unit is a million or a thousand of them."""
        return self.usd / self.multiple

    @property
    def multiple(self) -> float:
        """Return how many pieces a unit has."""
        return MULTIPLES.get(self.unit.split()[0], 1.0)


class PriceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prices of a region by name: `<service>.<what is charged>`."""

    region: str
    currency: str
    prices: Mapping[str, Price]

    @property
    def seen_on(self) -> date:
        """Return the date of the oldest price."""
        return min(price.seen_on for price in self.prices.values())

    @property
    def unverified(self) -> list[str]:
        """Return the names of prices without a second source."""
        return sorted(name for name, price in self.prices.items() if not price.verified)


def read_prices(path: Path | None = None) -> PriceFile:
    """Return a price file. Raises `PriceFileError` if it is missing or not of the form."""
    path = path or FOLDER / f"{REGION}.json"
    try:
        read = msgspec.json.decode(path.read_bytes(), type=PriceFile)
    except (OSError, msgspec.ValidationError, msgspec.DecodeError) as error:
        raise PriceFileError(f"{path.name}: {error}") from error
    if read.currency != "USD" or not read.prices:
        raise PriceFileError(f"{path.name}: no prices in USD")
    return read
