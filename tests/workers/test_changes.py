"""A change goes on the bus one at a time, those told along with it on their own."""

from tests.workers.changes import make_change
from workers.changes import split_change


def test_a_change_told_alone_stays_as_it_is():
    assert list(split_change(make_change(1))) == [make_change(1)]


def test_a_change_comes_first_and_each_told_along_with_it_follows_on_its_own():
    inner = make_change(3, also=(make_change(4),))
    change = make_change(1, also=(make_change(2), inner))
    assert list(split_change(change)) == [make_change(number) for number in (1, 2, 3, 4)]
