"""Tools to develop and test the product, not part of its wheel: demo, simulator, benches, compilers."""
