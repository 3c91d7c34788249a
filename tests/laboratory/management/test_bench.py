"""Command `bench`: its help says what a run measures by default."""

from argparse import ArgumentParser

from laboratory.bench.suites import list_benches
from laboratory.management.commands.bench import Command, describe_rounds


def test_the_help_of_rounds_names_the_default_of_every_bench_that_has_its_own():
    assert describe_rounds() == (
        "number of good rounds (default 5; 3 for recovery, 3 for growth, 2 for product, 3 for calls, "
        "2 for webhooks, 1 for units; with --quick 2; 1 for recovery, 1 for product, 1 for calls, "
        "1 for webhooks, 1 for units)"
    )


def test_every_bench_can_be_chosen():
    parser = ArgumentParser()
    Command().add_arguments(parser)
    assert [parser.parse_args([bench]).bench for bench in list_benches()] == list_benches()
