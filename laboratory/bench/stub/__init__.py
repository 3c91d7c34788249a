"""A canned AWS in a process of its own: complete answers rendered once, counted, with faults by a seed."""
