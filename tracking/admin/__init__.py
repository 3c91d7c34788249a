"""Admin of tracking. Django imports this package; each module registers the models of its subject."""

from tracking.admin import accounts, fleet, partners, records

__all__ = ["accounts", "fleet", "partners", "records"]
