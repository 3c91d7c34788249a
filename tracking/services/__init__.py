"""The use cases of tracking, in rooms by subject; ports come in as arguments."""
