"""Registrations of vehicles are cached, so that a batch of scans seldom reads them."""

from tests.workers.canned import answering
from tracking.adapters.dynamodb_vehicles import DynamoVehicleStore
from tracking.domain.vehicles import Owner, Registration

NO_ROWS = (200, {"Responses": {}})


def test_only_registrations_that_are_not_cached_are_read():
    store = DynamoVehicleStore("tracking")
    with answering("dynamodb", "BatchGetItem", lambda _sent: NO_ROWS) as sent:
        answers = [store.read_registrations(["van-1", "van-2"]), store.read_registrations(["van-2", "van-3"])]
    keys = [[key["shipment_id"]["S"] for key in call["RequestItems"]["tracking"]["Keys"]] for call in sent]
    assert (answers, keys) == ([{}, {}], [["vehicle#van-1", "vehicle#van-2"], ["vehicle#van-3"]])


def test_fresh_registrations_are_read_even_if_they_are_cached():
    store = DynamoVehicleStore("tracking")
    with answering("dynamodb", "BatchGetItem", lambda _sent: NO_ROWS) as sent:
        store.read_registrations(["van-1"])
        store.read_registrations(["van-1"], fresh=True)
    assert len(sent) == 2


def test_an_item_from_before_classes_were_stored_has_no_class():
    item = {
        "shipment_id": {"S": "vehicle#van-1"},
        "timestamp": {"S": "~state"},
        "partner_id": {"S": "prt_1"},
        "livemode": {"BOOL": False},
    }
    answer = (200, {"Responses": {"tracking": [item]}})
    with answering("dynamodb", "BatchGetItem", lambda _sent: answer):
        found = DynamoVehicleStore("tracking").read_registrations(["van-1"])
    assert found == {"van-1": Registration(Owner("prt_1", livemode=False), "any")}
