"""The trail as auditors and persons read it."""
