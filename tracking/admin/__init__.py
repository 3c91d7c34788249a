"""Admin of tracking. Django imports this package; each module registers the models of its subject."""

from django.apps import apps

from tracking.admin import accounts, fleet, keys, partners, records

__all__ = ["accounts", "fleet", "keys", "partners", "records"]

# Names of other packages' parts of the admin, in words of staff.
for label, name in {"auth": "Accounts", "axes": "Sign-ins", "otp_totp": "Second factors"}.items():
    apps.get_app_config(label).verbose_name = name
