"""Simulated fleet that drives the product from outside, by its partner API and its stream."""
