"""Offline evaluation: recorded legs and timelines are replayed, and predictions are scored."""
