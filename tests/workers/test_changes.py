"""A change is split into itself and the changes in its `also`."""

from tests.workers.changes import make_change
from workers.changes import split_change


def test_a_change_without_others_stays_as_it_is():
    assert list(split_change(make_change(1))) == [make_change(1)]


def test_a_change_comes_first_and_each_change_in_its_also_follows():
    inner = make_change(3, also=(make_change(4),))
    change = make_change(1, also=(make_change(2), inner))
    assert list(split_change(change)) == [make_change(number) for number in (1, 2, 3, 4)]
