"""Receivers: finding their address and sending them one message."""
