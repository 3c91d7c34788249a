"""What develops and proves the product and does not ship with it: demo, simulator, benches, compilers."""
