"""Load test: reports at a fixed rate against a running product, and how soon open screens show them."""
