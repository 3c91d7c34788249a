"""Numbers of the case study, each measured again or read from a kept report."""
