"""The rights of the person: consents, notices, oppositions, rectifications."""
