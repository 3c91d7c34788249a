"""Conversion of Python values to DynamoDB attribute values and back."""

from enum import StrEnum

import pytest

from tracking.adapters.items import from_attribute, to_attribute


class Colour(StrEnum):
    RED = "red"


class Numbers(list):
    pass


@pytest.mark.parametrize(
    ("value", "attribute"),
    [
        (None, {"NULL": True}),
        (True, {"BOOL": True}),
        (7, {"N": "7"}),
        (12.97161234567, {"N": "12.971612"}),
        ("text", {"S": "text"}),
        ({"a": [1, None]}, {"M": {"a": {"L": [{"N": "1"}, {"NULL": True}]}}}),
        (("a", 1.5), {"L": [{"S": "a"}, {"N": "1.5"}]}),
    ],
    ids=str,
)
def test_a_plain_value_is_written_by_its_type(value, attribute):
    assert to_attribute(value) == attribute


def test_a_string_enum_is_written_as_a_string_and_a_list_subclass_as_a_list():
    assert to_attribute({"colour": Colour.RED}) == {"M": {"colour": {"S": "red"}}}
    assert to_attribute(Numbers([1])) == {"L": [{"N": "1"}]}


def test_a_written_value_is_read_back():
    value = {"text": "a", "number": 3, "share": 0.25, "nothing": None, "flags": [True, False]}
    assert from_attribute(to_attribute(value)) == value
