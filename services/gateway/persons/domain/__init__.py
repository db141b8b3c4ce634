"""What the parts of a composition say, and how bytes are put together; no I/O."""
