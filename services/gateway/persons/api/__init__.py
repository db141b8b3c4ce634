"""Compositions over HTTP."""
