"""Compiles the places of India, from public packages, into the index that `workers/places` reads."""
