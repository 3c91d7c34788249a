"""The use cases of tracking, one subject a file."""
