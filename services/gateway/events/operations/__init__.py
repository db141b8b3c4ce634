"""One file for each write or decision: load, decide, save, in the caller's transaction."""
