"""Data of access: the scopes there are, and the demo partners."""
