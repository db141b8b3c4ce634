"""Events, subscriptions and deliveries as plain records and rules."""
