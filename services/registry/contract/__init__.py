"""The registry's wire shapes: what partners send and get, and what other services may import."""
