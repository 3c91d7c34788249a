"""A fleet that behaves like a real one and drives the product from outside, by its API and its stream."""
