"""Objects that partners manage: bookings, recipients, lane plans, vehicles, manifests, proofs of delivery."""
