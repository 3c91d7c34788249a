"""Figures of the steps of an event: measured and reported by each process, merged for the pipeline page."""
