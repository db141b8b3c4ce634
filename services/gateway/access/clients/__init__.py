"""Whom access asks: an outside issuer of tokens."""
