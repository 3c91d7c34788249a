"""Measures a demo run: what was put, what became of it, and how long it took to reach a screen."""
