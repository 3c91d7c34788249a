"""Runs the whole product on one machine: AWS emulator, Redis and the roles as child processes."""
