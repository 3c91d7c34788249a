"""AWS stub in a process of its own: complete answers rendered once, calls counted, faults by a seed."""
