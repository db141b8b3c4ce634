"""Matching, gates and header rules: plain functions over bytes, no I/O."""
