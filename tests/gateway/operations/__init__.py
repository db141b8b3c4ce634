"""Tests of the gateway's operations."""
