"""The pages Django draws: the customer's page first."""
