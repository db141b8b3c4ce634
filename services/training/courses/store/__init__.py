"""Rows of the training database: SQL in, frozen records out. Nothing here decides or commits."""
