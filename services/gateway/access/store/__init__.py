"""The gateway's store: organisations, clients, secrets, keys."""
