"""Tokens of customers' links: rebuilt at will, guessed by nobody."""

from tracking.tokens import customer_link, hash_token, is_token, make_token


def test_a_token_is_22_characters_and_always_the_same():
    assert make_token("123", 0) == make_token("123", 0)
    assert is_token(make_token("123", 0))


def test_a_higher_number_another_shipment_or_another_key_make_another_token(settings):
    tokens = [make_token("123", 0), make_token("123", 1), make_token("124", 0)]
    settings.TRACKING_TOKEN_KEY = "another key"
    assert len({*tokens, make_token("123", 0)}) == 4


def test_what_is_no_token_is_told_apart_from_one():
    texts = ["", "123", "a" * 21, "a" * 23, "a" * 21 + "/", "a" * 22 + "\n"]
    assert [is_token(text) for text in texts] == [False] * 6


def test_what_is_kept_of_a_token_does_not_hold_it():
    token = make_token("123", 0)
    assert (len(hash_token(token)), token in hash_token(token)) == (64, False)


def test_the_customers_link_leads_to_the_page_of_the_token(settings):
    settings.PUBLIC_URL = "https://track.example"
    assert customer_link("123", 2) == f"https://track.example/t/{make_token('123', 2)}"
