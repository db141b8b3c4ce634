"""The portal of partners."""
