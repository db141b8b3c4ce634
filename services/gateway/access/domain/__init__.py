"""Clients, secrets, scopes and keys as plain records and rules."""
