"""Reading of states and events: current and past, a partner's own, the feed of changes, the last mile."""
