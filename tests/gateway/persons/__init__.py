"""Answers that need several services, in front of peers that are slow, dead or lying."""
