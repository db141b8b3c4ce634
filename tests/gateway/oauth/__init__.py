"""The OAuth 2 server: grants, proofs, revocation, keys, an outside issuer; and who tries to get round it."""
