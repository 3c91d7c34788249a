"""Files that start many processes, and those of the house, share a worker; each other file is a scope."""

import pytest

from tests.distribution import HOUSE, find_scope


@pytest.mark.parametrize(
    ("file", "scope"),
    [
        ("tests/chaos/test_chaos.py", "heavy"),
        ("tests/system/test_product.py", "heavy"),
        ("tests/system/test_live_pages.py", "heavy"),
        ("tests/house/test_words.py", HOUSE),
        ("tests/browser/test_admin.py", "tests/browser/test_admin.py"),
        ("tests/test_english.py", "tests/test_english.py"),
    ],
)
def test_a_file_has_the_scope_of_its_group_or_its_own(file, scope):
    assert find_scope(file) == scope
