"""Replays a recorded run of the simulator through the product's own pipeline, in memory."""
