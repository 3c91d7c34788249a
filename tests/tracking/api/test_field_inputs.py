"""Inputs of the field over the API: each is accepted or refused as the file says, and kept if accepted."""

import pytest

from tests.field_inputs import ARRIVED, FieldInput, complete, pick, process_records, read_field_inputs
from tests.tracking.api.document import check_answer
from tracking.models import Partner, Shipment

SUBJECTS = "OWN SIDE NUL1 NUL2 SWP LOW1 EPO1 AXIS TXT1 SRC1 RAW1 WORD RTO1 RTO2 SEQ1"


@pytest.fixture(autouse=True)
def _booked(time_machine, partner: Partner):
    time_machine.move_to(ARRIVED, tick=False)
    Shipment.objects.bulk_create(
        Shipment(shipment_id=shipment_id, partner=partner) for shipment_id in SUBJECTS.split()
    )


@pytest.mark.parametrize("given", read_field_inputs(), ids=lambda given: given.name)
def test_an_input_of_the_field_is_accepted_or_refused_as_the_file_says(api, world, given: FieldInput):
    response = api.post("/api/v1/events", given.body)
    answer = check_answer(response)
    mistakes = [[mistake["pointer"], mistake["code"]] for mistake in answer.get("errors", [])]
    stated = {"status": response.status_code} | ({"mistakes": mistakes} if "errors" in answer else {})
    assert stated == given.api
    if response.status_code == 202:
        # What is accepted is never quarantined, and is recorded as if a device had sent it.
        assert answer["rejected"] == 0
        recorded = process_records([data for _, data in world.stream.records])
        assert pick(recorded, given.stream) == complete(given.stream)
