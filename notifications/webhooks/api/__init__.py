"""Partner API of webhooks: endpoints and deliveries."""
