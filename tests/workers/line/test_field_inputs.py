"""Inputs of the field over the stream: each is recorded or quarantined as the file says."""

import pytest

from tests.field_inputs import FieldInput, complete, pick, process_records, read_field_inputs


@pytest.mark.parametrize("given", read_field_inputs(), ids=lambda given: given.name)
def test_an_input_of_the_field_is_recorded_or_quarantined_as_the_file_says(given: FieldInput):
    assert pick(process_records(given.records), given.stream) == complete(given.stream)
