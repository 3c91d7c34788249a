"""Use cases of tracking, in packages by subject. Every function takes its ports as arguments."""
