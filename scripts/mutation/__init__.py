"""Parts of `scripts/mutate.py`: mutation operators, runs of tests, and the scope of mutated modules."""
