"""Builds the committed map files from pinned npm packages, at development time only."""
