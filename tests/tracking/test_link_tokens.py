"""Tokens of customers' links can be computed again and cannot be guessed."""

from tracking.tokens import customer_link, derive_token, hash_token, is_token, make_token


def test_a_token_has_22_characters_and_is_always_the_same():
    assert make_token("123", 0) == make_token("123", 0)
    assert is_token(make_token("123", 0))


def test_a_token_depends_on_its_number_its_shipment_and_the_key(settings):
    tokens = [make_token("123", 0), make_token("123", 1), make_token("124", 0)]
    settings.TRACKING_TOKEN_KEY = "another key"
    assert len({*tokens, make_token("123", 0)}) == 4


def test_a_text_that_is_not_a_token_is_recognised():
    texts = ["", "123", "a" * 21, "a" * 23, "a" * 21 + "/", "a" * 22 + "\n"]
    assert [is_token(text) for text in texts] == [False] * 6


def test_the_stored_hash_of_a_token_does_not_contain_it():
    token = make_token("123", 0)
    assert (len(hash_token(token)), token in hash_token(token)) == (64, False)


def test_the_customers_link_contains_the_token(settings):
    settings.PUBLIC_URL = "https://track.example"
    assert customer_link("123", 2) == f"https://track.example/t/{make_token('123', 2)}"


def test_a_token_of_another_subject_is_never_that_of_a_shipment():
    assert derive_token("preferences:123:0") != make_token("123", 0) == derive_token("123:0")
