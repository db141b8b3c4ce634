"""Documents: what was uploaded about a person, and where it lies."""
