"""People who sign in: accounts, factors, sessions, consents, and their pages."""
