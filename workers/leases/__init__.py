"""Leases decide which process works on which shard or queue slot; they know nothing of streams."""
