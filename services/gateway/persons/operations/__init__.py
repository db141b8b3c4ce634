"""Compositions, one file each."""
