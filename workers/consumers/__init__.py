"""What reads under a lease: shard consumers on the stream, listeners on the queues."""
