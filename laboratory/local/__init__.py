"""The embedded default: emulator, Redis and the roles as child processes, seeded and measured."""
