"""Leases decide which process works on which shard or queue slot. This package knows nothing of streams."""
