"""Answers about shipments: the public state, a partner's own shipments, timelines, the feed of changes."""
