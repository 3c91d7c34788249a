"""Fixtures of webhooks: memory adapters in the ports of tracking, two partners, a client with a key."""

from tests.tracking.conftest import api, other_partner, partner, world

__all__ = ["api", "other_partner", "partner", "world"]
