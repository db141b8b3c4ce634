"""What is kept of events, subscriptions and deliveries."""
