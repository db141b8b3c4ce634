"""What the OAuth server remembers: codes, refresh tokens, and what must not be used twice."""
