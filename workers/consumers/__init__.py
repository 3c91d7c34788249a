"""Consumers that work under a lease: shard consumers of the stream, listeners of the queues."""
