"""Mutation testing, as `scripts/mutate.py` does it: operators, runs of tests, and what is tested by what."""
