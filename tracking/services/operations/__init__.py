"""Operations: incidents, the fleet snapshot, device clocks, hubs, customer requests, data retention."""
