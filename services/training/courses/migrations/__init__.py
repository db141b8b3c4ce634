"""The history of the training database."""
