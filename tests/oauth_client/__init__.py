"""A strict OAuth client that nobody here wrote, driving a gateway that really listens."""
