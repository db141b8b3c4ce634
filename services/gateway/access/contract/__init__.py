"""Wire models of access, by subject: the OAuth 2 server, partners and what they have agreed."""
