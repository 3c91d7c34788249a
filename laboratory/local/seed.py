"""Seeds the database of a demo: hubs, a partner with an API key, staff logins; safe to repeat."""

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import time

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction

from laboratory.simulator.drivers import make_driver
from laboratory.simulator.parcels import SERIES
from laboratory.simulator.recipients import PHONES
from tracking.api.keys import SCOPES
from tracking.models import ApiKey, Hub, IdSeries, Partner, Vehicle
from tracking.services.partners.drivers import keep_driver
from tracking.services.requests.roles import Role

WORLDS = settings.BASE_DIR / "laboratory" / "simulator"
PILOT = "pilot"
PARTNER_ID = "prt_pilot"
PARTNER_NAME, PARTNER_EMAIL = "Pilot Traders", "care@pilot-traders.example"
PARTNER_PHONE = PHONES[0]
AT_ANY_HOUR = {"delivers_from": time(0), "delivers_until": time(23, 59), "holidays_kept": "none"}
HUB_FIELDS = ("name", "town", "pin_code", "lat", "lon")


@transaction.atomic
def seed(secrets: Mapping[str, str], world: str = PILOT) -> None:
    """Create or update hubs, partner, API key and staff.

    `secrets` holds `api_key`, `ops_password` and `admin_password`; `world` is `pilot` or `full`.
    """
    seed_hubs(world)
    seed_key(seed_partner(), secrets["api_key"])
    seed_staff("ops", secrets["ops_password"], is_superuser=False)
    seed_staff("admin", secrets["admin_password"], is_superuser=True)


def seed_hubs(world: str) -> None:
    """Create or update the hubs of a simulated world (`pilot` or `full`).

    Their delivery hours are all day and every day: the vans of a demo deliver at whatever hour it runs.
    """
    for entry in tomllib.loads((WORLDS / f"{world}.toml").read_text(encoding="utf-8"))["hubs"]:
        values = {name: entry[name] for name in HUB_FIELDS} | AT_ANY_HOUR
        Hub.objects.update_or_create(hub_id=entry["hub_id"], defaults=values)


def seed_partner() -> Partner:
    """Return the partner for whom the simulator books shipments; create it if missing."""
    values = {"name": PARTNER_NAME, "support_email": PARTNER_EMAIL, "support_phone": PARTNER_PHONE}
    partner, _ = Partner.objects.get_or_create(partner_id=PARTNER_ID, defaults=values)
    IdSeries.objects.get_or_create(prefix=SERIES, defaults={"partner": partner})
    return partner


def seed_drivers() -> int:
    """Keep an invented driver for each vehicle of the partner that has none; return how many got one."""
    without = list(Vehicle.objects.filter(partner__partner_id=PARTNER_ID, driver_sealed=b""))
    for vehicle in without:
        driver = make_driver(vehicle.vehicle_id)
        keep_driver(vehicle, f"{driver.first_name} {driver.family_name}", driver.phone)
    return len(without)


def seed_key(partner: Partner, api_key: str) -> None:
    """Store the partner's key, `slx_live_<8 id>_<43 secret>`; only a hash of the secret is stored."""
    key_id, secret = api_key.removeprefix("slx_live_").split("_", 1)
    values = {
        "partner": partner,
        "secret_sha256": hashlib.sha256(secret.encode()).hexdigest(),
        "scopes": list(SCOPES),
        # A fleet books a day's parcels at once when it starts.
        "limit_factor": 100,
        "livemode": True,
    }
    ApiKey.objects.update_or_create(key_id=key_id, defaults=values)


def seed_staff(username: str, password: str, *, is_superuser: bool) -> None:
    """Create or update a login for the operations console, in the role supervisor."""
    user, _ = User.objects.get_or_create(
        username=username, defaults={"is_staff": True, "is_superuser": is_superuser}
    )
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    user.groups.add(Group.objects.get(name=Role.SUPERVISOR.group))
