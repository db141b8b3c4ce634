"""Tests of the gateway's clients."""
