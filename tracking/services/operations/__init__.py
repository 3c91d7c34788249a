"""What operators work with: incidents, the fleet picture, device clocks, customer requests, retention."""
