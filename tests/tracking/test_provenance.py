"""Provenance: only an unchanged record signed with a key of the list is one of our own processes."""

import pytest

from tracking.provenance import is_signed, sign_record

RECORD = b'{"shipment_id":"123","source":"api"}'


def test_a_signed_record_keeps_its_fields_and_has_its_code_last():
    signed = sign_record(RECORD)
    assert (signed.startswith(RECORD[:-1] + b',"mac":"'), is_signed(signed)) == (True, True)


def test_a_record_without_a_code_or_changed_in_any_byte_is_not_signed():
    signed = sign_record(RECORD)
    changed = [signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :] for at in range(len(signed))]
    assert [raw for raw in (b"", b"{}", RECORD, *changed) if is_signed(raw)] == []


@pytest.mark.parametrize(("keys", "expected"), [(["new", "old"], True), (["old"], True), (["new"], False)])
def test_a_record_is_believed_as_long_as_its_key_is_in_the_list(settings, keys, expected):
    settings.STREAM_KEYS = ["old"]
    signed = sign_record(RECORD)
    settings.STREAM_KEYS = keys
    assert is_signed(signed) is expected


def test_the_first_key_of_the_list_signs(settings):
    settings.STREAM_KEYS = ["new", "old"]
    signed = sign_record(RECORD)
    settings.STREAM_KEYS = ["new"]
    assert is_signed(signed)
