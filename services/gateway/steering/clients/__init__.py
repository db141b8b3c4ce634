"""The way to the public API from inside."""
