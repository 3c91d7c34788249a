"""Requests of the partner API: callers, bodies, queries, refusals and usage counts."""
