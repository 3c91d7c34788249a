"""Compiles places of India from public packages into the file that `workers/places` reads."""
