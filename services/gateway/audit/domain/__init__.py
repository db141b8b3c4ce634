"""Which stores there are, and how their accesses are joined; no I/O."""
