"""One file for each write or decision: load, decide, save, in the transaction that it is given."""
