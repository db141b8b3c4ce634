"""Decisions about limits, a file for each."""
