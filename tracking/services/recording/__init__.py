"""Recording of facts: stream records, corrections, snapshots and the read model made from the timelines."""
