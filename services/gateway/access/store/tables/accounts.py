"""People who sign in: accounts, second factors, sessions, consents."""
