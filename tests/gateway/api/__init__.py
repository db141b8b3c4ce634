"""Tests of the gateway's api."""
