"""Makes the committed map files out of pinned npm packages; used at development time only."""
