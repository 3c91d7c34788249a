"""Benchmarks of the product against comparable consumers, on an AWS stub or emulator."""
