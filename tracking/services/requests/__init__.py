"""Who calls the partner API, what a request may say, how it is refused and how it is counted."""
