"""The history of the coverage database."""
