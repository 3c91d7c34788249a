"""Pages of the admin with a record each."""

from tests.notifications.webhooks.partners import make_endpoint
from tests.staff import make_staff
from tests.tracking.admin.forms import page_of
from tests.tracking.pages.bookings import book
from tracking.api.keys import issue_key
from tracking.models import ApiKey, Hub, Partner, Shipment, Vehicle
from tracking.services.requests.roles import Role


def make_admin_pages() -> dict[str, str]:
    """Store a record of each kind; return the paths of pages of the admin by name."""
    partner = Partner.objects.create(partner_id="prt_acme", name="Acme Traders")
    issue_key(partner)
    book(None, shipment_id="SLX-1", partner=partner)
    vehicle = Vehicle.objects.create(
        vehicle_id="KA01AB1234", partner=partner, label="Red van", vehicle_class="van"
    )
    operator = make_staff(Role.OPERATOR, "asha", hubs=Hub.objects.all()[:1], partners=[partner])
    endpoint = make_endpoint()
    return {
        "index": "/admin/",
        "shipments": page_of("tracking_shipment"),
        "shipment": page_of("tracking_shipment", "change", Shipment.objects.get().pk),
        "hubs": page_of("tracking_hub"),
        "hub": page_of("tracking_hub", "change", Hub.objects.first().pk),
        "users": page_of("auth_user"),
        "users-found": f"{page_of('auth_user')}?q=asha",
        "user": page_of("auth_user", "change", operator.pk),
        "keys": page_of("tracking_apikey"),
        "key": page_of("tracking_apikey", "change", ApiKey.objects.get().pk),
        "key-new": page_of("tracking_apikey", "add"),
        "lane-new": page_of("tracking_laneplan", "add"),
        "vehicle": page_of("tracking_vehicle", "change", vehicle.pk),
        "endpoint": page_of("webhooks_webhookendpoint", "change", endpoint.pk),
        "history": page_of("tracking_hub", "history", Hub.objects.first().pk),
        "password": "/admin/password_change/",
        "missing": "/admin/nowhere/",
    }
