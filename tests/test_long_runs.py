"""A sample of a matrix is small and lets each pair of values meet; a long run has the whole matrix."""

from itertools import combinations, product

from tests import long_runs
from tests.long_runs import sample_pairs

AXES = ("abcde", [1, 2, 3], [True, False])


def test_a_sample_lets_each_pair_of_values_meet_in_as_few_combinations_as_two_axes_need(monkeypatch) -> None:
    monkeypatch.setattr(long_runs, "LONG", False)
    sample = sample_pairs(*AXES)
    for one, other in combinations(range(len(AXES)), 2):
        assert {(each[one], each[other]) for each in sample} == set(product(AXES[one], AXES[other]))
    assert len(sample) == len(AXES[0]) * len(AXES[1])
    assert [sample_pairs("ab"), sample_pairs("ab", [1])] == [[("a",), ("b",)], [("a", 1), ("b", 1)]]


def test_a_long_run_has_every_combination_in_order(monkeypatch) -> None:
    monkeypatch.setattr(long_runs, "LONG", True)
    assert sample_pairs(*AXES) == list(product(*AXES))
