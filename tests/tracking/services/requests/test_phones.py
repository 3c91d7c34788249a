"""Phone numbers are valid ones of an allowed country, or refused with what was understood."""

import pytest

from tracking.services.requests.phones import BadAddressError, find_sms_obstacle, mask_phone, read_phone

TWICE = ": the country code 91 is there twice; send +919845012345 if that is meant"


@pytest.mark.parametrize(
    "sent",
    [
        "9845012345",
        "98450 12345",
        "98450-12345",
        "098450 12345",
        "+91 98450 12345",
        "+91 098450 12345",
        "919845012345",
        "0091 98450 12345",
        "९८४५०१२३४५",
        "Mob: 98450 12345",
    ],
)
def test_usual_spellings_are_one_number(sent):
    assert read_phone(sent) == "+919845012345"


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ("9845012345.0", "'9845012345.0' is a decimal number: send '9845012345' as text"),
        ("9.84501E+09", "'9.84501E+09' is in scientific notation, so digits are lost: send it as text"),
        ("984501234", "understood as +91 984501234, which is no valid number"),
        ("98450123456", "understood as +91 98450123456, which is no valid number"),
        ("12345678", "understood as +91 12345678, which is no valid number"),
        ("0000000000", "understood as +91 000000000, which is no valid number"),
        (
            "0919845012345",
            "understood as +91 919845012345, which is no valid number" + TWICE,
        ),
        (
            "+91 91 98450 12345",
            "understood as +91 919845012345, which is no valid number" + TWICE,
        ),
        ("+9845012345", "understood as +98 45012345, which is no valid number"),
        ("+44 20 7946 0018", "understood as +44 20 7946 0018, a number of GB; allowed: IN"),
        ("98450 12345 x12", "'98450 12345 x12' has letters between its digits"),
        ("98450 12345;ext=12", "'98450 12345;ext=12' has letters between its digits"),
        ("98450 12345 #12", "'98450 12345 #12' has an extension, 12: send the number alone"),
        ("1800-FLOWER5", "'1800-FLOWER5' has letters between its digits"),
        ("98450O12345", "'98450O12345' has letters between its digits"),
        ("98450 12345 / 98450 12346", "not a phone number: '98450 12345 / 98450 12346'"),
        ("12", "understood as +91 12, which is no valid number"),
        ("call me", "not a phone number: 'call me'"),
    ],
)
def test_other_text_is_refused_with_what_was_understood(sent, why):
    with pytest.raises(BadAddressError) as refused:
        read_phone(sent)
    assert str(refused.value) == why


def test_the_countries_of_the_setting_are_allowed_and_the_first_one_is_meant(settings):
    settings.PHONE_COUNTRIES = ["GB", "IN"]
    assert (read_phone("020 7946 0018"), read_phone("+919845012345")) == ("+442079460018", "+919845012345")


@pytest.mark.parametrize(
    ("number", "obstacle"),
    [
        ("+919845012345", ""),
        ("+918023456789", "not_mobile"),
        ("+9118004251234", "not_mobile"),
        ("+9198450123450", "invalid_address"),
        ("+442079460018", "invalid_address"),
        ("9845012345", "invalid_address"),
        ("", "invalid_address"),
    ],
)
def test_an_sms_goes_to_mobile_numbers_of_allowed_countries_only(number, obstacle):
    assert find_sms_obstacle(number) == obstacle


def test_a_masked_number_shows_only_its_ends():
    assert mask_phone("+919845012345") == "+91 ••• ••• 45"
