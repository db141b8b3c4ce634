"""Tests of the gateway's domain."""
