"""Learning lane statistics from finished legs, and checks of promises against the clock."""
