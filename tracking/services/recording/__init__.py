"""How facts reach the timeline, and what follows it: stream records, corrections, snapshots, read model."""
