"""Line that a batch of stream records takes: decode, gather, enrich, record, push, publish."""
