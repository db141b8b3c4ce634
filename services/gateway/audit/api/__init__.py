"""The trail over HTTP."""
