"""Connections to the services, behind one small protocol."""
